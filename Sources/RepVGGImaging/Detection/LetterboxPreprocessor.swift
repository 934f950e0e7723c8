import RepVGG

/// Turns images into a detector's input: scaled to fit, padded, normalised, in planes.
///
/// A preprocessor has no state except its table: any number of threads may share one.
public struct LetterboxPreprocessor: Sendable {
  /// The preset that it applies.
  public let preset: LetterboxPreset
  private let table: LevelTable

  /// A preprocessor for a preset.
  public init(preset: LetterboxPreset) {
    self.preset = preset
    table = LevelTable(mean: preset.mean, standardDeviation: preset.standardDeviation)
  }

  /// The most Float32 values of one input: `3 * height * width` of the preset.
  public var elementCount: Int { 3 * preset.width * preset.height }

  /// Where an image will be in its input.
  ///
  /// - Parameter image: Any size.
  /// - Returns: Sizes, scale and padding.
  public func geometry(of image: RGBImage) -> LetterboxGeometry {
    LetterboxGeometry(imageWidth: image.width, imageHeight: image.height, preset: preset)
  }

  /// Writes an image's input, `[3, height, width]` of its geometry.
  ///
  /// - Parameters:
  ///   - image: Any size.
  ///   - output: At least as many values as the geometry has; those after them stay as they are.
  /// - Returns: Where the image is in the input.
  /// - Throws: `invalidArgument` if the output is too small, `outOfMemory`.
  @discardableResult
  public func preprocess(
    _ image: RGBImage, into output: UnsafeMutableBufferPointer<Float>
  ) throws(RepVGGError) -> LetterboxGeometry {
    let geometry = geometry(of: image)
    guard output.count >= geometry.elementCount, let start = output.baseAddress else {
      throw RepVGGError(
        .invalidArgument,
        "output of \(output.count) values: \(geometry.elementCount) expected")
    }
    let environment = FloatingPointEnvironment.enter()
    defer { FloatingPointEnvironment.leave(environment) }
    let fitted = try image.resized(
      width: geometry.resizedWidth, height: geometry.resizedHeight, filter: .bilinear,
      antialiases: false)
    let plane = geometry.width * geometry.height
    // Red's, green's and blue's plane.
    let planes = preset.channelOrder == .rgb ? [0, plane, 2 * plane] : [2 * plane, plane, 0]
    if fitted.pixelCount != plane {
      for (color, offset) in planes.enumerated() {
        (start + offset).update(
          repeating: table.value(preset.fill, color: color), count: plane)
      }
    }
    fitted.withUnsafePixels { pixels in
      guard let pixels = pixels.baseAddress else { return }
      for row in 0..<fitted.height {
        let target = start + (geometry.top + row) * geometry.width + geometry.left
        table.write(
          pixels + 3 * row * fitted.width, count: fitted.width, red: target + planes[0],
          green: target + planes[1], blue: target + planes[2])
      }
    }
    return geometry
  }
}
