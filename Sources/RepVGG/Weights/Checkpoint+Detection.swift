extension Checkpoint.Format {
  /// The format that the first bytes of a file announce; nil if it is unknown.
  init?(of file: InputFile) throws(RepVGGError) {
    if try file.matches(Array("{".utf8), at: SafetensorsReader.prefixByteCount),
      try !Self.isJSON(file)
    {
      self = .safetensors
    } else if try file.matches(Array("PK\u{3}\u{4}".utf8), at: 0) {
      self = .torchZip
    } else if try TorchLegacyReader.recognizes(file) {
      self = .torchLegacy
    } else {
      return nil
    }
  }

  /// Whether a file is JSON from its first byte; as a length, these bytes would be impossible.
  private static func isJSON(_ file: InputFile) throws(RepVGGError) -> Bool {
    guard try file.matches(Array("{".utf8), at: 0) else { return false }
    return try file.integer(UInt64.self, at: 0) > UInt64(SafetensorsReader.headerByteLimit)
  }

  /// Why a file of an unknown format was not read: what it is, and what to do instead.
  static func reasonForUnknown(_ file: InputFile) throws(RepVGGError) -> String {
    let start = try file.bytes(at: 0, count: min(file.byteCount, 1 << 16))
    for (bytes, offset, reason) in signatures where start.dropFirst(offset).starts(with: bytes) {
      return reason
    }
    let tail = min(file.byteCount, 22 + Int(UInt16.max))
    let end = try file.bytes(at: file.byteCount - tail, count: tail)
    guard !end.contains(Array("PK\u{5}\u{6}".utf8)) else {
      return "is a zip archive without its beginning; copy or download it again"
    }
    func contains(_ text: String) -> Bool { start.contains(Array(text.utf8)) }
    switch start.first {
    case UInt8(ascii: "{") where contains("\"weight_map\""):
      return "is the index of a checkpoint in several files; save the model as one file and give"
        + " that"
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      return "is JSON, not weights; give the .safetensors or .pth file that belongs to it"
    case UInt8(ascii: "<") where contains("<net"):
      return "is an OpenVINO model description; give the PyTorch or safetensors file that it was"
        + " made from"
    case UInt8(ascii: "<"):
      return "looks like a web page, not like weights; download the file itself"
    case 0x80 where start.prefix(4096).contains(Array("numpy".utf8)):
      return "is a pickle of NumPy arrays; save them with torch.save or safetensors"
    case 0x80: return "is a pickle, but not one of torch.save"
    case _ where try ONNXReader.recognizes(file):
      return "is an ONNX model; give the PyTorch or safetensors file that it was exported from"
    default: return "is neither a safetensors nor a PyTorch file"
    }
  }

  /// Formats that begin with fixed bytes, and the position of these bytes.
  private static let signatures: [(bytes: [UInt8], offset: Int, reason: String)] = [
    (
      Array("version https://git-lfs".utf8), 0,
      "is a Git LFS pointer, not the file it points to; run 'git lfs pull'"
    ),
    ([0x93] + Array("NUMPY".utf8), 0, "is a NumPy array, not weights"),
    (Array("PK".utf8), 0, "is an empty or damaged zip archive"),
    ([0x1f, 0x8b], 0, "is compressed with gzip; decompress it first"),
    ([0xfd] + Array("7zXZ".utf8), 0, "is compressed with xz; decompress it first"),
    (Array("BZh".utf8), 0, "is compressed with bzip2; decompress it first"),
    ([0x28, 0xb5, 0x2f, 0xfd], 0, "is compressed with Zstandard; decompress it first"),
    (
      Array("GGUF".utf8), 0,
      "is a GGUF model; give the PyTorch or safetensors file that it was made from"
    ),
    (
      [0x89] + Array("HDF\r\n".utf8), 0,
      "is an HDF5 file, as Keras writes; save the weights with torch.save or safetensors"
    ),
    (
      Array("TFL3".utf8), 4,
      "is a TensorFlow Lite model; give the PyTorch or safetensors file that it was made from"
    ),
    (
      Array("ustar".utf8), 257,
      "is a tar archive; unpack it and give the checkpoint inside"
    ),
  ]
}

extension Collection<UInt8> {
  /// Whether these bytes occur in a row.
  fileprivate func contains(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first else { return true }
    return indices.contains { self[$0] == first && self[$0...].starts(with: bytes) }
  }
}
