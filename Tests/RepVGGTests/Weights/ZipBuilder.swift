/// Assembles zip archives of stored members, with any field to be falsified.
struct ZipBuilder {
  struct Member {
    var name: String
    var data: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0
    var localName: String?
    var localSize: UInt32?
    var centralSize: UInt32?
    /// The size before compression, where it is another than that of the data.
    var unpackedSize: UInt32?
    var headerOffset: UInt32?
    var usesZip64 = false
  }

  var members: [Member]
  var usesZip64 = false
  var comment: [UInt8] = []
  var entryCount: UInt16?

  init(_ members: [Member]) { self.members = members }

  /// A file as `torch.save` makes it: a pickle and storages by their keys.
  init(torch pickle: [UInt8], storages: [(String, [UInt8])] = [], byteOrder: String? = "little") {
    members = [Member(name: "archive/data.pkl", data: pickle)]
    if let byteOrder {
      members.append(Member(name: "archive/byteorder", data: Array(byteOrder.utf8)))
    }
    members += storages.map { Member(name: "archive/data/\($0.0)", data: $0.1) }
    members.append(Member(name: "archive/version", data: Array("3\n".utf8)))
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      let offset = UInt32(bytes.count)
      let size = UInt32(member.data.count)
      let localName = Array((member.localName ?? member.name).utf8)
      bytes += Array("PK\u{3}\u{4}".utf8) + fields16([20, member.flags, member.method, 0, 0])
      let local = member.localSize ?? size
      bytes += fields32([0, local, member.unpackedSize ?? local])
      bytes += fields16([UInt16(localName.count), 0]) + localName + member.data
      let name = Array(member.name.utf8)
      let long: [UInt8] =
        fields16([1, 24])
        + [UInt64(size), UInt64(size), UInt64(offset)].flatMap { Pickle.littleEndian($0) }
      directory += Array("PK\u{1}\u{2}".utf8)
      directory += fields16([20, 20, member.flags, member.method, 0, 0])
      let stated = member.usesZip64 ? .max : member.centralSize ?? size
      directory += fields32([0, stated, member.unpackedSize ?? stated])
      directory += fields16([
        UInt16(name.count), member.usesZip64 ? UInt16(long.count) : 0, 0, 0, 0,
      ])
      directory += fields32([0, member.usesZip64 ? .max : member.headerOffset ?? offset]) + name
      if member.usesZip64 { directory += long }
    }
    let start = bytes.count
    bytes += directory
    let count = entryCount ?? UInt16(members.count)
    if usesZip64 {
      let record = bytes.count
      bytes += Array("PK\u{6}\u{6}".utf8) + Pickle.littleEndian(UInt64(44)) + fields16([45, 45])
      bytes += fields32([0, 0])
      for value in [Int(count), Int(count), directory.count, start] {
        bytes += Pickle.littleEndian(UInt64(value))
      }
      bytes += Array("PK\u{6}\u{7}".utf8) + fields32([0]) + Pickle.littleEndian(UInt64(record))
      bytes += fields32([1])
    }
    bytes += Array("PK\u{5}\u{6}".utf8) + fields16([0, 0])
    bytes += usesZip64 ? fields16([.max, .max]) : fields16([count, count])
    bytes +=
      usesZip64 ? fields32([.max, .max]) : fields32([UInt32(directory.count), UInt32(start)])
    return bytes + fields16([UInt16(comment.count)]) + comment
  }

  private func fields16(_ values: [UInt16]) -> [UInt8] {
    values.flatMap { Pickle.littleEndian($0) }
  }
  private func fields32(_ values: [UInt32]) -> [UInt8] {
    values.flatMap { Pickle.littleEndian($0) }
  }
}
