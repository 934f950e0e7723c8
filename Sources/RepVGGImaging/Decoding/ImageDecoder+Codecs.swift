import CImageCodecs
import RepVGG

extension ImageDecoder {
  /// Decodes through one of the system's codec libraries.
  func decode(
    _ bytes: UnsafeRawBufferPointer, through format: ImageFormat
  ) throws(RepVGGError) -> DecodedImage {
    let codec =
      switch format {
      case .jpeg: RVGK_IMAGE_JPEG
      case .png: RVGK_IMAGE_PNG
      case .webp: RVGK_IMAGE_WEBP
      case .netpbm, .npy:
        throw RepVGGError(.internalInconsistency, "\(format.rawValue) has no codec library")
      }
    var message = CodecMessage()
    var reader: OpaquePointer?
    var (width, height) = (0, 0)
    let opened = message.withUnsafeText { text in
      rvgk_image_open(
        codec, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &reader,
        &width, &height, text)
    }
    defer { rvgk_image_close(reader) }
    try message.check(opened, format: format)
    try limits.check(width: width, height: height)
    try checkPlausibility(of: format, byteCount: bytes.count, width: width, height: height)
    let image = try RGBImage(width: width, height: height) { (pixels) throws(RepVGGError) in
      let read = message.withUnsafeText { text in
        rvgk_image_read(reader, pixels.baseAddress, pixels.count, text)
      }
      try message.check(read, format: format)
    }
    return DecodedImage(image: image, format: format, warning: message.text)
  }

  /// Refuses a small file that claims a huge image, before memory is allocated for it.
  ///
  /// - JPEG: a Huffman-coded block of 64 pixels takes at least one bit, so the data of a file with
  ///   more than 512 pixels per byte ends early. libjpeg would fill in grey, and for a progressive
  ///   file keep six bytes of coefficients per pixel.
  /// - PNG: deflate expands one byte to at most 1032 bytes, which is 8256 pixels of one bit.
  /// - WebP: pixels of a single colour take no bits at all, and a frame may fill a corner of its
  ///   canvas, so there is no strict limit; that of JPEG is used.
  ///
  /// Images of up to 2^24 pixels always pass.
  private func checkPlausibility(
    of format: ImageFormat, byteCount: Int, width: Int, height: Int
  ) throws(RepVGGError) {
    let pixelCount = width * height
    let pixelsPerByte = format == .png ? 8256 : 1024
    guard pixelCount > 1 << 24, pixelCount / pixelsPerByte > byteCount else { return }
    throw RepVGGError(
      .badData, "\(byteCount) bytes cannot hold the \(width)x\(height) pixels that they claim")
  }
}

/// A codec library's message.
private struct CodecMessage {
  private var bytes = [CChar](repeating: 0, count: RVGK_IMAGE_MESSAGE_BYTES)

  /// The text; nil if there is none.
  var text: String? {
    let text = String(
      decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return text.isEmpty ? nil : text
  }

  mutating func withUnsafeText<Result>(
    _ body: (UnsafeMutablePointer<CChar>?) -> Result
  ) -> Result {
    bytes.withUnsafeMutableBufferPointer { body($0.baseAddress) }
  }

  /// Throws the error for a status.
  func check(_ status: rvgk_image_status, format: ImageFormat) throws(RepVGGError) {
    let name = format.rawValue
    switch status {
    case RVGK_IMAGE_OK: return
    case RVGK_IMAGE_TRUNCATED:
      throw RepVGGError(.badData, "truncated \(name): \(text ?? "the data ends early")")
    case RVGK_IMAGE_UNSUPPORTED:
      throw RepVGGError(.unsupported, "unsupported \(name): \(text ?? "unknown feature")")
    case RVGK_IMAGE_OUT_OF_MEMORY:
      throw RepVGGError(.outOfMemory, "no memory to decode this \(name)")
    default:
      throw RepVGGError(.badData, "corrupt \(name): \(text ?? "damaged data")")
    }
  }
}
