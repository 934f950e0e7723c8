/// Assembles pickles instruction by instruction, valid or not.
enum Pickle {
  static let mark: [UInt8] = Array("(".utf8)
  static let none: [UInt8] = Array("N".utf8)
  static let stop: [UInt8] = Array(".".utf8)

  /// A whole pickle.
  static func whole(_ body: [UInt8], version: UInt8 = 2) -> [UInt8] {
    [0x80, version] + body + stop
  }

  static func text(_ text: String) -> [UInt8] {
    [UInt8(ascii: "X")] + littleEndian(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  static func integer(_ value: Int) -> [UInt8] {
    [0x8a, 8] + littleEndian(Int64(value))
  }

  static func tuple(_ parts: [[UInt8]]) -> [UInt8] {
    mark + parts.flatMap { $0 } + Array("t".utf8)
  }

  static func integers(_ values: [Int]) -> [UInt8] { tuple(values.map(integer)) }

  static func list(_ parts: [[UInt8]]) -> [UInt8] {
    Array("](".utf8) + parts.flatMap { $0 } + Array("e".utf8)
  }

  static func dictionary(_ items: [(String, [UInt8])]) -> [UInt8] {
    Array("}(".utf8) + items.flatMap { text($0) + $1 } + Array("u".utf8)
  }

  static func put(_ index: UInt8) -> [UInt8] { [UInt8(ascii: "q"), index] }
  static func get(_ index: UInt8) -> [UInt8] { [UInt8(ascii: "h"), index] }

  static func global(_ module: String, _ name: String) -> [UInt8] {
    Array("c\(module)\n\(name)\n".utf8)
  }

  static func call(_ callee: [UInt8], _ arguments: [[UInt8]]) -> [UInt8] {
    callee + tuple(arguments) + Array("R".utf8)
  }

  static func storage(
    _ type: String = "FloatStorage", module: String = "torch", key: String = "0", count: Int,
    view: [UInt8]? = nil
  ) -> [UInt8] {
    let parts = [
      text("storage"), global(module, type), text(key), text("cpu"), integer(count),
    ]
    return tuple(parts + (view.map { [$0] } ?? [])) + Array("Q".utf8)
  }

  static func tensor(
    _ storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int]
  ) -> [UInt8] {
    call(
      global("torch._utils", "_rebuild_tensor_v2"),
      [
        storage, integer(offset), integers(shape), integers(strides), [0x89],
        call(global("collections", "OrderedDict"), []),
      ])
  }

  static func littleEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
  }
}

/// Assembles a file of PyTorch's legacy container with one storage.
struct TorchLegacyBuilder {
  var object: [UInt8]
  var keys: [String]
  var count: Int64
  var elements: [UInt8]
  var version = 1001
  var isLittleEndian = true

  var bytes: [UInt8] {
    let magic: [UInt8] = [
      0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
    ]
    let properties = Pickle.dictionary([("little_endian", [isLittleEndian ? 0x88 : 0x89])])
    return Pickle.whole(magic) + Pickle.whole(Pickle.integer(version)) + Pickle.whole(properties)
      + Pickle.whole(object) + Pickle.whole(Pickle.list(keys.map(Pickle.text)))
      + Pickle.littleEndian(count) + elements
  }
}
