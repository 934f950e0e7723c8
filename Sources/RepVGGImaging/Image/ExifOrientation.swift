import RepVGG

/// How a camera was held, and therefore how to transform the stored pixels to an upright image.
///
/// Raw values are those of the EXIF tag 0x0112. Training pipelines ignore the tag, and so does
/// ``ImageDecoder`` unless told otherwise.
public enum ExifOrientation: Int, Sendable, Hashable, CaseIterable {
  /// As stored.
  case upright = 1
  /// Mirror left to right.
  case mirrored = 2
  /// Turn by 180 degrees.
  case rotated180 = 3
  /// Mirror top to bottom.
  case flipped = 4
  /// Mirror along the diagonal from the top left.
  case transposed = 5
  /// Turn by 90 degrees clockwise.
  case rotated90 = 6
  /// Mirror along the diagonal from the top right.
  case transversed = 7
  /// Turn by 90 degrees counter-clockwise.
  case rotated270 = 8

  /// Whether width and height are exchanged.
  var swapsAxes: Bool { rawValue >= 5 }
}

extension RGBImage {
  /// The image, rotated and mirrored according to an EXIF orientation.
  ///
  /// - Throws: `outOfMemory`.
  public func applying(_ orientation: ExifOrientation) throws(RepVGGError) -> RGBImage {
    if orientation == .upright { return self }
    let (newWidth, newHeight) = orientation.swapsAxes ? (height, width) : (width, height)
    // The source of the output's first pixel, and the steps through the source per output column
    // and row, in pixels.
    let (lastColumn, lastRow) = (width - 1, (height - 1) * width)
    let (first, columnStep, rowStep) =
      switch orientation {
      case .upright: (0, 1, width)
      case .mirrored: (lastColumn, -1, width)
      case .rotated180: (lastRow + lastColumn, -1, -width)
      case .flipped: (lastRow, 1, -width)
      case .transposed: (0, width, 1)
      case .rotated90: (lastRow, -width, 1)
      case .transversed: (lastRow + lastColumn, -width, -1)
      case .rotated270: (lastColumn, width, -1)
      }
    return try RGBImage(width: newWidth, height: newHeight) { output in
      withUnsafePixels { input in
        guard let source = input.baseAddress, var target = output.baseAddress else { return }
        for row in 0..<newHeight {
          var pixel = source + 3 * (first + row * rowStep)
          for column in 0..<newWidth {
            if column > 0 { pixel += 3 * columnStep }
            target.update(from: pixel, count: 3)
            target += 3
          }
        }
      }
    }
  }
}
