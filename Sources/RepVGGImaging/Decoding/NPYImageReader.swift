import RepVGG

/// Reads an image from a NumPy array file: unsigned bytes, in C order.
///
/// Shapes: height and width (grey); height, width and 1, 3 or 4 channels (the fourth is dropped); 1
/// or 3 channels, height and width. If both interpretations fit, channels are last.
struct NPYImageReader {
  /// Reads a file whose signature was recognised.
  static func read(
    _ bytes: UnsafeRawBufferPointer, limits: ImageDecoder.Limits
  ) throws(RepVGGError) -> RGBImage {
    let (header, dataOffset) = try readHeader(bytes)
    guard header.elementType == .uint8 else {
      throw RepVGGError(
        .unsupported, "NPY image of \(header.elementType.rawValue): unsigned bytes expected")
    }
    guard !header.isFortranOrder else {
      throw RepVGGError(.unsupported, "NPY image in Fortran order: C order expected")
    }
    let layout = try Layout(shape: header.shape)
    try limits.check(width: layout.width, height: layout.height)
    let pixelCount = layout.width * layout.height
    guard bytes.count - dataOffset >= pixelCount * layout.channels else {
      throw RepVGGError(.badData, "truncated NPY: the file ends before the array does")
    }
    let samples = UnsafeRawBufferPointer(rebasing: bytes[dataOffset...])
    return try RGBImage(width: layout.width, height: layout.height) { pixels in
      for pixel in 0..<pixelCount {
        for channel in 0..<3 {
          let source = layout.channels == 1 ? 0 : channel
          let index =
            layout.isPlanar ? source * pixelCount + pixel : pixel * layout.channels + source
          pixels[3 * pixel + channel] = samples[index]
        }
      }
    }
  }

  /// The header, and the offset of the elements.
  private static func readHeader(
    _ bytes: UnsafeRawBufferPointer
  ) throws(RepVGGError) -> (NPYHeader, dataOffset: Int) {
    func part(_ start: Int, _ count: Int) throws(RepVGGError) -> [UInt8] {
      guard bytes.count - start >= count else {
        throw RepVGGError(.badData, "truncated NPY: the file ends in its header")
      }
      return Array(bytes[start..<(start + count)])
    }
    let lengthOffset = NPYHeader.versionedMagicByteCount
    let lengthByteCount = try NPYHeader.lengthByteCount(of: part(0, lengthOffset))
    let textOffset = lengthOffset + lengthByteCount
    let textByteCount = try NPYHeader.textByteCount(part(lengthOffset, lengthByteCount))
    let header = try NPYHeader(parsing: part(textOffset, textByteCount))
    return (header, textOffset + textByteCount)
  }

  /// The order of an array's axes.
  private struct Layout {
    let height: Int
    let width: Int
    let channels: Int
    let isPlanar: Bool

    init(shape: [Int]) throws(RepVGGError) {
      if shape.count == 2 {
        (height, width, channels, isPlanar) = (shape[0], shape[1], 1, false)
      } else if shape.count == 3, [1, 3, 4].contains(shape[2]) {
        (height, width, channels, isPlanar) = (shape[0], shape[1], shape[2], false)
      } else if shape.count == 3, [1, 3].contains(shape[0]) {
        (height, width, channels, isPlanar) = (shape[1], shape[2], shape[0], true)
      } else {
        throw RepVGGError(
          .unsupported,
          "NPY image of shape \(shape): expected HxW, HxWxC or CxHxW with 1 or 3 channels")
      }
    }
  }
}
