/// The image formats, distinguished by their first bytes and never by a file's name.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable {
  /// JPEG, baseline or progressive.
  case jpeg = "JPEG"
  /// PNG, including the first image of an animated one.
  case png = "PNG"
  /// WebP, lossy or lossless.
  case webp = "WebP"
  /// Portable grey and colour maps: P2, P3, P5, P6.
  case netpbm = "PPM"
  /// A NumPy array of unsigned bytes.
  case npy = "NPY"

  /// The number of bytes that decide; more of them change nothing.
  package static let signatureByteCount = 16

  /// The format whose signature the bytes begin with; nil if there is none.
  package init?(signatureOf bytes: UnsafeRawBufferPointer) {
    func begins(with signature: [UInt8], at offset: Int = 0) -> Bool {
      guard bytes.count >= offset + signature.count else { return false }
      return signature.indices.allSatisfy { bytes[offset + $0] == signature[$0] }
    }
    if begins(with: [0xff, 0xd8, 0xff]) {
      self = .jpeg
    } else if begins(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
      self = .png
    } else if begins(with: Array("RIFF".utf8)), begins(with: Array("WEBP".utf8), at: 8) {
      self = .webp
    } else if begins(with: [0x93] + Array("NUMPY".utf8)) {
      self = .npy
    } else if bytes.count >= 3, bytes[0] == UInt8(ascii: "P"),
      [0x32, 0x33, 0x35, 0x36].contains(bytes[1]), isNetpbmSpace(bytes[2])
    {
      self = .netpbm
    } else {
      return nil
    }
  }

  /// The name of a format that is recognised but not read, for a better message.
  static func unsupportedName(signatureOf bytes: UnsafeRawBufferPointer) -> String? {
    let known: [(name: String, signature: [UInt8])] = [
      ("GIF", Array("GIF8".utf8)), ("BMP", Array("BM".utf8)),
      ("BigTIFF", [0x49, 0x49, 0x2b, 0x00]), ("BigTIFF", [0x4d, 0x4d, 0x00, 0x2b]),
      ("TIFF", [0x49, 0x49, 0x2a, 0x00]), ("TIFF", [0x4d, 0x4d, 0x00, 0x2a]),
      ("PBM", Array("P1".utf8)), ("PBM", Array("P4".utf8)), ("PAM", Array("P7".utf8)),
      ("JPEG 2000", [0, 0, 0, 0x0c, 0x6a, 0x50]), ("JPEG XL", [0xff, 0x0a]),
      ("JPEG XL", [0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20]),
      ("PDF", Array("%PDF".utf8)),
    ]
    if let match = known.first(where: { bytes.starts(with: $0.signature) }) { return match.name }
    guard bytes.count >= 12, bytes[4..<8].elementsEqual("ftyp".utf8) else { return nil }
    // The major brand; videos begin in the same way.
    let brand = String(decoding: bytes[8..<12], as: UTF8.self)
    if brand.hasPrefix("avi") { return "AVIF" }
    return ["hei", "hev", "mif", "msf"].contains(String(brand.prefix(3))) ? "HEIC" : "MP4"
  }
}

/// White space in the sense of the portable map formats.
func isNetpbmSpace(_ byte: UInt8) -> Bool {
  byte == 0x20 || (0x09...0x0d).contains(byte)
}
