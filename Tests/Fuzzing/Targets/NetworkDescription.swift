import RepVGG

/// A checkpoint written as text, a tensor a line: type, shape and name, such as `F32 16,3,3,3 a.b`.
struct NetworkDescription {
  private static let byteLimit = 1 << 26
  private static let byteCounts = [
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U8": 1, "BOOL": 1,
  ]
  private var header: [String] = []
  private var byteCount = 0

  init(_ input: [UInt8]) {
    var names: Set<[UInt8]> = []
    for line in input.split(separator: UInt8(ascii: "\n")) {
      let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
      guard parts.count == 3, names.insert(Array(parts[2])).inserted,
        let size = Self.byteCounts[String(decoding: parts[0], as: UTF8.self)]
      else { continue }
      let shape = parts[1].split(separator: UInt8(ascii: ",")).compactMap {
        UInt32(String(decoding: $0, as: UTF8.self))
      }
      let count = shape.reduce(1.0) { $0 * Double($1) }
      let bytes = Double(byteCount) + count * Double(size)
      guard bytes <= Double(Self.byteLimit) else { continue }
      let end = byteCount + shape.reduce(size) { $0 * Int($1) }
      header.append(
        "\(Self.quoted(parts[2])):{\"dtype\":\"\(String(decoding: parts[0], as: UTF8.self))\","
          + "\"shape\":[\(shape.map(String.init).joined(separator: ","))],"
          + "\"data_offsets\":[\(byteCount),\(end)]}")
      byteCount = end
    }
  }

  /// The checkpoint as a sparse safetensors file; nil without tensors.
  func file() -> MemoryFile? {
    guard !header.isEmpty else { return nil }
    let text = Array("{\(header.joined(separator: ","))}".utf8)
    let bytes = Pickle.littleEndian(UInt64(text.count)) + text
    return MemoryFile(bytes, byteCount: bytes.count + byteCount)
  }

  private static func quoted(_ name: ArraySlice<UInt8>) -> String {
    "\""
      + String(decoding: name, as: UTF8.self).unicodeScalars.map { scalar in
        switch scalar {
        case "\"", "\\": "\\\(scalar)"
        case _ where scalar.value < 0x20:
          "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        default: String(scalar)
        }
      }.joined() + "\""
  }
}

/// The names and shapes of the fixtures' networks.
enum NetworkSeeds {
  static func all() throws -> [[UInt8]] {
    let paths = [
      "tiny/train.pth", "tiny/deploy.pth", "tiny-g2/train.pth", "tiny-se/train.pth",
      "tiny-plus-pse/train.pth", "timm-tiny-se/train.pth", "repopt-tiny/train.pth",
      "repopt-tiny-hs/train.pth", "cases/01-orig-mod/compiled.pth",
      "cases/03-averaged-model/timm-with-ema.pth.tar", "cases/07-heads/fc-head.pth",
      "cases/07-heads/backbone-only.pth", "cases/07-heads/sequential-head.pth",
      "cases/17-wide-and-names/pruned.pth", "cases/17-wide-and-names/layer-names.pth",
      "cases/18-mmpretrain-and-official/mm-preprocessor.pth",
      "cases/18-mmpretrain-and-official/distill.ckpt",
    ]
    return try paths.compactMap { path in
      do {
        let checkpoint = try Checkpoint(contentsOf: "Tests/Fixtures/\(path)")
        let lines = checkpoint.tensors.sorted { $0.key < $1.key }.map { name, tensor in
          let type = tensor.elementType == .int64 ? "I64" : "F32"
          let shape = tensor.shape.map(String.init).joined(separator: ",")
          return "\(type) \(shape.isEmpty ? "," : shape) \(name)\n"
        }
        return Array(lines.joined().utf8)
      } catch let error as RepVGGError where error.kind != .missingInput { return nil }
    }
  }
}
