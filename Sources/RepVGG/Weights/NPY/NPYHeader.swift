/// The header of an NPY file.
///
/// The format is described in NumPy's documentation, `numpy.lib.format`: a magic string, a
/// version, the length of a header and the header, a Python dictionary in text.
package struct NPYHeader {
  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
  /// Bytes of magic string and version.
  package static let versionedMagicByteCount = 8
  /// A header describes one shape; no writer needs more bytes.
  static let textByteLimit = 1 << 16

  package var elementType: ElementType
  var isBigEndian: Bool
  package var isFortranOrder: Bool
  package var shape: [Int]

  /// Bytes of the little-endian header length after magic string and version.
  ///
  /// - Throws: `badData` for other files, `unsupported` for versions above 3.
  package static func lengthByteCount(of prefix: [UInt8]) throws(RepVGGError) -> Int {
    guard prefix.count == versionedMagicByteCount, prefix.starts(with: magic) else {
      throw RepVGGError(.badData, "is not an NPY file: \(otherFormat(prefix))")
    }
    switch prefix[6] {
    case 1: return 2
    case 2, 3: return 4
    default: throw RepVGGError(.unsupported, "NPY version \(prefix[6]) is not supported")
    }
  }

  /// What a file that is not an NPY file begins like, and what to do about it.
  private static func otherFormat(_ prefix: [UInt8]) -> String {
    if prefix.starts(with: [0x50, 0x4b, 3, 4]) {
      return "it is a zip archive, as NPZ archives and PyTorch's files are; save the one array"
        + " or tensor by numpy.save"
    }
    if prefix.starts(with: [0x80]) {
      return "it is a pickle, as PyTorch's old files are; save the tensor by numpy.save"
    }
    if prefix.starts(with: [0xff, 0xd8, 0xff]) || prefix.starts(with: [0x89, 0x50, 0x4e, 0x47]) {
      return "it is an image; 'repvgg classify' reads images"
    }
    if magic.starts(with: prefix.prefix(magic.count)) { return "it is cut short" }
    return "it does not begin as one; raw values have no shape, so save them by numpy.save"
  }

  /// Reads the header length.
  ///
  /// - Throws: `badData` for an implausible length.
  package static func textByteCount(_ lengthBytes: [UInt8]) throws(RepVGGError) -> Int {
    let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= textByteLimit else {
      throw RepVGGError(.badData, "claims a header of \(length) bytes")
    }
    return length
  }

  /// Parses the dictionary.
  package init(parsing text: [UInt8]) throws(RepVGGError) {
    var scanner = PythonLiteralScanner(text)
    var description: String?
    var order: Bool?
    var shape: [Int]?
    try scanner.expect("{")
    while !scanner.skip("}") {
      let key = try scanner.string()
      try scanner.expect(":")
      switch key {
      case "descr" where description == nil:
        guard !scanner.skip("[") else {
          throw RepVGGError(
            .unsupported, "holds records of several fields; save one field of numbers alone")
        }
        description = try scanner.string()
      case "fortran_order" where order == nil: order = try scanner.boolean()
      case "shape" where shape == nil:
        shape = try scanner.tuple(limit: StoredTensorSource.rankLimit)
      default: throw scanner.malformed("unexpected key '\(key.printable)'")
      }
      if !scanner.skip(",") {
        try scanner.expect("}")
        break
      }
    }
    try scanner.expectEnd()
    guard let description, let order, let shape else {
      throw scanner.malformed("descr, fortran_order and shape expected")
    }
    (self.elementType, self.isBigEndian) = try Self.elementType(description)
    self.isFortranOrder = order
    self.shape = shape
  }

  private static func elementType(
    _ description: String
  ) throws(RepVGGError) -> (ElementType, isBigEndian: Bool) {
    let code = String(description.dropFirst())
    if let reason = refusedKinds[code.first ?? " "] {
      throw RepVGGError(.unsupported, "element type '\(description.printable)': \(reason)")
    }
    guard let order = description.first, "<>|=".contains(order),
      let type = ElementType.allCases.first(where: { $0.npyCode == code })
    else {
      throw RepVGGError(
        .unsupported, "element type '\(description.printable)' is not supported")
    }
    guard order != "|" || type.byteCount == 1 else {
      throw RepVGGError(.badData, "element type '\(description)' lacks its byte order")
    }
    return (type, order == ">" && type.byteCount > 1)
  }

  /// Kinds of elements that NumPy stores and no network accepts, by their letters.
  private static let refusedKinds: [Character: String] = [
    "c": "complex numbers; save real ones",
    "O": "pickled Python objects, which are not unpickled; save an array of numbers",
    "V": "raw bytes or records; save an array of numbers",
    "S": "byte strings; save an array of numbers", "U": "texts; save an array of numbers",
    "M": "dates; save an array of numbers", "m": "spans of time; save an array of numbers",
  ]

  /// A complete header, from the magic string to the last byte before the elements.
  static func bytes(elementType: ElementType, shape: [Int]) throws(RepVGGError) -> [UInt8] {
    guard let description = elementType.npyDescription else {
      throw RepVGGError(.invalidArgument, "an NPY file cannot hold \(elementType)")
    }
    guard shape.count <= StoredTensorSource.rankLimit else {
      throw RepVGGError(.invalidArgument, "has \(shape.count) dimensions")
    }
    // Like a tuple printed by Python, so that the file equals the one that NumPy would write.
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = Array(
      "{'descr': '\(description)', 'fortran_order': False, 'shape': (\(sizes)), }".utf8)
    // Elements start at a multiple of 64 bytes; the last character is a line feed.
    let unpadded = versionedMagicByteCount + 2 + text.count + 1
    text += [UInt8](repeating: UInt8(ascii: " "), count: (64 - unpadded % 64) % 64)
    text.append(UInt8(ascii: "\n"))
    return magic + [1, 0, UInt8(text.count & 0xff), UInt8(text.count >> 8)] + text
  }
}
