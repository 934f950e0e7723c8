extension Checkpoint.Format {
  /// The format that the first bytes of a file announce; nil where they are of no known one.
  init?(of file: InputFile) throws(RepVGGError) {
    if try file.matches(Array("{".utf8), at: SafetensorsReader.prefixByteCount) {
      self = .safetensors
    } else if try file.matches(Array("PK\u{3}\u{4}".utf8), at: 0) {
      self = .torchZip
    } else if try TorchLegacyReader.recognizes(file) {
      self = .torchLegacy
    } else {
      return nil
    }
  }

  /// Why a file of no known format was not read, with a hint for common mistakes.
  static func reasonForUnknown(_ file: InputFile) throws(RepVGGError) -> String {
    let hints: [(start: [UInt8], hint: String)] = [
      (Array("version https://git-lfs".utf8), "is a Git LFS pointer, not the file it points to"),
      (Array("<".utf8), "looks like a web page, not like weights"),
      (Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) }), "is a NumPy array"),
      ([0x80], "is a pickle, but not one of torch.save"),
      (Array("PK".utf8), "is an empty or damaged zip archive"),
      ([0x1f, 0x8b], "is compressed with gzip; decompress it first"),
    ]
    if try file.matches(Array("ustar".utf8), at: 257) {
      return "is a tar archive, the format of PyTorch before 0.1.10, which is not supported"
    }
    for (start, hint) in hints where try file.matches(start, at: 0) { return hint }
    return "is neither a safetensors nor a PyTorch file"
  }
}
