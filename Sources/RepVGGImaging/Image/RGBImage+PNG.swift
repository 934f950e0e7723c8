import CImageCodecs
import Glibc
import RepVGG

extension RGBImage {
  /// Writes the image as a PNG file, which appears complete or not at all.
  ///
  /// The same pixels give the same bytes with the same libpng and zlib.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - replacing: Whether a file of that name is replaced.
  /// - Throws: `cannotCreate` if the file exists and is not to be replaced, or cannot be created,
  ///   `inputOutput`, `outOfMemory`.
  public func write(png path: String, replacing: Bool) throws(RepVGGError) {
    // Before the work of compressing: most failures show here.
    var file = try AtomicFile(path: path, replacing: replacing)
    var message = [CChar](repeating: 0, count: RVGK_IMAGE_MESSAGE_BYTES)
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    let status = withUnsafePixels { pixels in
      rvgk_png_write(pixels.baseAddress, width, height, &bytes, &count, &message)
    }
    defer { free(bytes) }
    guard status == RVGK_IMAGE_OK, let bytes else {
      throw RepVGGError(
        status == RVGK_IMAGE_OUT_OF_MEMORY ? .outOfMemory : .unsupported,
        status == RVGK_IMAGE_OUT_OF_MEMORY
          ? "no memory to compress \(width)x\(height) pixels"
          : "cannot be written as PNG: "
            + String(
              decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self),
        file: path)
    }
    try file.write(UnsafeRawBufferPointer(start: bytes, count: count))
    try file.commit()
  }
}
