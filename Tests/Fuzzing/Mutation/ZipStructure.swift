/// Changes zip archives of stored members, as `torch.save` writes them.
///
/// Mostly the pickle is changed, sometimes members and the fields that describe them. The archive is
/// then put together again.
struct ZipStructure: InputStructure {
  func mutated(_ input: [UInt8], _ random: inout Randomness, capacity: Int) -> [UInt8]? {
    var members = Self.members(input)
    guard !members.isEmpty else { return nil }
    let room = max(1, capacity - input.count)
    let choice = random.below(16)
    let pickle = members.firstIndex { $0.name.hasSuffix("data.pkl") }
    if choice < 11, let pickle {
      let data = members[pickle].data
      guard
        let changed = PickleStructure().mutated(data, &random, capacity: data.count + room)
      else { return nil }
      members[pickle].data = changed
      return ZipBuilder(members).bytes
    }
    let index = random.below(members.count)
    switch choice {
    case 11: members.remove(at: index)
    case 12:
      let member = members[index]
      let size = member.data.count + 2 * member.name.utf8.count + 100
      let count = min(random.repetitions(of: size, capacity: room), 65_000 - members.count)
      guard count > 0 else { return nil }
      for number in 0..<count {
        var copy = member
        if count > 2 { copy.name += "\(number)" }
        members.append(copy)
      }
    case 13:
      let piece = random.piece(capacity: min(room, 16_000))
      members[index].name += String(decoding: piece, as: UTF8.self)
    case 14: members[index].data = Array(members[index].data.prefix(random.below(64)))
    default:
      let edge: UInt32 = [0, 1, .max, .max - 1, 1 << 31, 40][random.below(6)]
      switch random.below(6) {
      case 0: members[index].method = 8
      case 1: members[index].flags = UInt16(random.below(65536))
      case 2: members[index].centralSize = edge
      case 3: members[index].localSize = edge
      case 4: members[index].headerOffset = edge
      default: members[index].usesZip64.toggle()
      }
    }
    guard members.allSatisfy({ $0.name.utf8.count < 65_000 }) else { return nil }
    var builder = ZipBuilder(members)
    builder.usesZip64 = random.below(4) == 0
    return builder.bytes
  }

  /// The members that the central directory names, with their stored bytes.
  private static func members(_ bytes: [UInt8]) -> [ZipBuilder.Member] {
    func integer(_ position: Int, _ width: Int) -> Int {
      guard position >= 0, position + width <= bytes.count else { return Int(Int32.max) }
      return bytes[position..<position + width].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    func starts(_ position: Int, _ kind: UInt8, _ version: UInt8) -> Bool {
      position >= 0 && position + 4 <= bytes.count
        && bytes[position..<position + 4].elementsEqual([0x50, 0x4b, kind, version])
    }
    guard bytes.count >= 22, let end = (0...bytes.count - 22).last(where: { starts($0, 5, 6) })
    else { return [] }
    var position = integer(end + 16, 4)
    // ZIP64 says where the directory is in its own record.
    if position == Int(UInt32.max), starts(end - 20, 6, 7) {
      position = integer(integer(end - 12, 4) + 48, 4)
    }
    var members: [ZipBuilder.Member] = []
    while starts(position, 1, 2), members.count < 5000 {
      let nameCount = integer(position + 28, 2)
      let extraCount = integer(position + 30, 2)
      let nameEnd = position + 46 + nameCount
      guard nameEnd + extraCount <= bytes.count else { break }
      var (size, offset) = (integer(position + 20, 4), integer(position + 42, 4))
      let usesZip64 = size == Int(UInt32.max) && offset == Int(UInt32.max)
      if usesZip64 { (size, offset) = (integer(nameEnd + 4, 4), integer(nameEnd + 20, 4)) }
      let start = offset + 30 + integer(offset + 26, 2) + integer(offset + 28, 2)
      if starts(offset, 3, 4), start <= bytes.count, size <= bytes.count - start {
        members.append(
          ZipBuilder.Member(
            name: String(decoding: bytes[position + 46..<nameEnd], as: UTF8.self),
            data: Array(bytes[start..<start + size]), usesZip64: usesZip64))
      }
      position = nameEnd + extraCount + integer(position + 32, 2)
    }
    return members
  }
}
