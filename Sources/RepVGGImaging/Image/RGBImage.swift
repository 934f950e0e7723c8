import RepVGG

/// An image of 8-bit RGB pixels in memory: rows from the top, three bytes per pixel, no gaps.
///
/// The value is immutable; copies share the pixels.
public struct RGBImage: Sendable {
  /// Columns, at least 1.
  public let width: Int
  /// Rows, at least 1.
  public let height: Int
  let storage: PixelStorage

  /// An image of uninitialised pixels, all of which `fill` has to write.
  ///
  /// - Throws: `invalidArgument` for a size below 1, `outOfMemory`, and whatever `fill` throws.
  package init(
    width: Int, height: Int,
    filling fill: (UnsafeMutableBufferPointer<UInt8>) throws(RepVGGError) -> Void
  ) throws(RepVGGError) {
    guard width >= 1, height >= 1 else {
      throw RepVGGError(.invalidArgument, "image size \(width)x\(height) is not positive")
    }
    let (pixelCount, pixelOverflow) = width.multipliedReportingOverflow(by: height)
    let (byteCount, byteOverflow) = pixelCount.multipliedReportingOverflow(by: 3)
    guard !pixelOverflow, !byteOverflow else {
      throw RepVGGError(.outOfMemory, "image size \(width)x\(height) exceeds the address space")
    }
    let storage = try PixelStorage(byteCount: byteCount)
    try fill(UnsafeMutableBufferPointer(start: storage.start, count: byteCount))
    self.width = width
    self.height = height
    self.storage = storage
  }

  /// An image of given pixels.
  ///
  /// - Parameters:
  ///   - width: Columns, at least 1.
  ///   - height: Rows, at least 1.
  ///   - pixels: `height * width * 3` bytes: rows from the top, red, green and blue of each pixel.
  /// - Throws: `invalidArgument` if the number of bytes does not match the size.
  public init(width: Int, height: Int, pixels: [UInt8]) throws(RepVGGError) {
    try self.init(width: width, height: height) { (bytes) throws(RepVGGError) in
      guard bytes.count == pixels.count else {
        throw RepVGGError(
          .invalidArgument, "\(pixels.count) bytes are not an RGB image of \(width)x\(height)")
      }
      _ = bytes.update(from: pixels)
    }
  }

  /// The number of pixels.
  public var pixelCount: Int { width * height }

  /// The pixels as bytes: rows from the top, red, green and blue of each pixel.
  public var pixels: [UInt8] { withUnsafePixels { Array($0) } }

  /// Calls a closure with the pixels in place: rows from the top, red, green and blue of each.
  public func withUnsafePixels<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // The storage must outlive the closure, which only has a pointer.
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(start: storage.start, count: storage.byteCount))
  }
}

extension RGBImage: Equatable {
  /// Images are equal if their sizes and all pixels are.
  public static func == (left: RGBImage, right: RGBImage) -> Bool {
    guard left.width == right.width, left.height == right.height else { return false }
    return left.withUnsafePixels { l in right.withUnsafePixels { r in l.elementsEqual(r) } }
  }
}
