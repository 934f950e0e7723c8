/// Where an image is in the input that a letterbox makes of it.
///
/// Sizes are those of YOLOv6's `letterbox`: one scale for both axes, halves rounded to even as by
/// Python's `round`.
public struct LetterboxGeometry: Sendable, Hashable {
  /// The size of the image in pixels.
  public let imageWidth: Int
  /// The size of the image in pixels.
  public let imageHeight: Int
  /// Pixels of the input per pixel of the image.
  public let scale: Double
  /// The size of the scaled image, at least one pixel.
  public let resizedWidth: Int
  /// The size of the scaled image, at least one pixel.
  public let resizedHeight: Int
  /// The first column of the scaled image.
  public let left: Int
  /// The first row of the scaled image.
  public let top: Int
  /// The size of the input.
  public let width: Int
  /// The size of the input.
  public let height: Int

  /// The geometry for an image of a size.
  ///
  /// - Parameters:
  ///   - imageWidth: Columns of the image; less than 1 counts as 1.
  ///   - imageHeight: Rows of the image; less than 1 counts as 1.
  ///   - preset: What is made of it.
  public init(imageWidth: Int, imageHeight: Int, preset: LetterboxPreset) {
    self.imageWidth = max(1, imageWidth)
    self.imageHeight = max(1, imageHeight)
    let (imageWidth, imageHeight) = (Double(self.imageWidth), Double(self.imageHeight))
    let fitting = min(Double(preset.height) / imageHeight, Double(preset.width) / imageWidth)
    scale = preset.enlarges ? fitting : min(fitting, 1)
    resizedWidth = Self.scaled(imageWidth, scale, limit: preset.width)
    resizedHeight = Self.scaled(imageHeight, scale, limit: preset.height)
    (left, width) = Self.axis(resizedWidth, of: preset.width, preset)
    (top, height) = Self.axis(resizedHeight, of: preset.height, preset)
  }

  private static func scaled(_ side: Double, _ scale: Double, limit: Int) -> Int {
    // A side of the long axis is at most the limit, a side of the short one may round to nothing.
    min(limit, max(1, Int((side * scale).rounded(.toNearestOrEven))))
  }

  /// The padding before the image and the size of the input along an axis.
  private static func axis(
    _ resized: Int, of size: Int, _ preset: LetterboxPreset
  ) -> (before: Int, size: Int) {
    let rest = preset.padding == .full ? size - resized : (size - resized) % preset.stride
    // The authors' round(rest / 2 - 0.1): half a pixel of padding goes after the image.
    return (preset.placement == .centre ? rest / 2 : 0, resized + rest)
  }

  /// The Float32 values of the input: `3 * height * width`.
  public var elementCount: Int { 3 * width * height }

  /// A box of the input in pixels of the image, cut at its edges.
  ///
  /// - Parameter detection: A box in pixels of the input.
  /// - Returns: The box; nil if no part of it is in the image.
  public func onImage(_ detection: Detection) -> Detection? {
    func side(
      _ start: Double, _ length: Double, before: Int, limit: Int
    ) -> (start: Double, length: Double) {
      let from = (start - Double(before)) / scale
      let to = (start + length - Double(before)) / scale
      let cut = max(0, min(from, Double(limit)))
      return (cut, max(0, min(to, Double(limit))) - cut)
    }
    var box = detection
    (box.x, box.width) = side(detection.x, detection.width, before: left, limit: imageWidth)
    (box.y, box.height) = side(detection.y, detection.height, before: top, limit: imageHeight)
    return box.width > 0 && box.height > 0 ? box : nil
  }
}
