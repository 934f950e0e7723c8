import RepVGG

/// Turns images into normalised network input, equal to the bit to what torchvision's `Resize`,
/// `CenterCrop`, `ToTensor` and `Normalize` make of a PIL image.
///
/// The output is planar Float32: all red values by rows, then green, then blue. A preprocessor has
/// no state except its tables: any number of threads may share one.
public struct ImagePreprocessor: Sendable {
  /// The preset that it applies.
  public let preset: ImagePreset
  private let table: LevelTable

  /// A preprocessor for a preset.
  public init(preset: ImagePreset) {
    self.preset = preset
    table = LevelTable(mean: preset.mean, standardDeviation: preset.standardDeviation)
  }

  /// The number of Float32 values of one image: `3 * cropSize * cropSize`.
  public var elementCount: Int { 3 * preset.cropSize * preset.cropSize }

  /// Resizes and crops an image to the network's input size; black where the image does not reach.
  ///
  /// - Throws: `badData` if the aspect ratio is too extreme to resize, `outOfMemory`.
  public func fitted(_ image: RGBImage) throws(RepVGGError) -> RGBImage {
    let size = preset.cropSize
    let geometry = CropGeometry(
      width: image.width, height: image.height, shortSide: preset.resizeShortSide, cropSize: size)
    guard max(geometry.resizedWidth, geometry.resizedHeight) <= 1 << 30 else {
      throw RepVGGError(
        .badData, "the sides of an image of \(image.width)x\(image.height) are too unequal")
    }
    let part = try image.resized(
      width: geometry.resizedWidth, height: geometry.resizedHeight, filter: preset.filter,
      columns: geometry.columns, rows: geometry.rows)
    if part.width == size, part.height == size { return part }
    return try RGBImage(width: size, height: size) { output in
      output.update(repeating: 0)
      guard let target = output.baseAddress else { return }
      for row in 0..<part.height {
        let start = 3 * ((geometry.topPadding + row) * size + geometry.leftPadding)
        let source = part.storage.start + 3 * row * part.width
        (target + start).update(from: source, count: 3 * part.width)
      }
    }
  }

  /// Writes an image's network input.
  ///
  /// - Parameters:
  ///   - image: Any size.
  ///   - output: ``elementCount`` values: one slot of an NCHW batch.
  /// - Throws: `invalidArgument` if the output has another size, `badData`, `outOfMemory`.
  public func preprocess(
    _ image: RGBImage, into output: UnsafeMutableBufferPointer<Float>
  ) throws(RepVGGError) {
    guard output.count == elementCount, let red = output.baseAddress else {
      throw RepVGGError(
        .invalidArgument, "output of \(output.count) values: \(elementCount) expected")
    }
    let environment = FloatingPointEnvironment.enter()
    defer { FloatingPointEnvironment.leave(environment) }
    let fitted = try fitted(image)
    let count = fitted.pixelCount
    fitted.withUnsafePixels { pixels in
      guard let pixels = pixels.baseAddress else { return }
      table.write(pixels, count: count, red: red, green: red + count, blue: red + 2 * count)
    }
  }

  /// Writes an image's network input to a slot of a batch in NCHW.
  ///
  /// - Parameters:
  ///   - image: Any size.
  ///   - batch: A whole number of slots of ``elementCount`` values.
  ///   - slot: The index in the batch, from 0.
  /// - Throws: `invalidArgument` if the slot is not in the batch, `badData`, `outOfMemory`.
  public func preprocess(
    _ image: RGBImage, into batch: UnsafeMutableBufferPointer<Float>, slot: Int
  ) throws(RepVGGError) {
    guard slot >= 0, slot < batch.count / elementCount else {
      throw RepVGGError(
        .invalidArgument, "slot \(slot) is not in a batch of \(batch.count / elementCount)")
    }
    let start = slot * elementCount
    try preprocess(
      image, into: UnsafeMutableBufferPointer(rebasing: batch[start..<(start + elementCount)]))
  }

  /// An image's network input: red, green and blue planes of normalised values.
  ///
  /// - Throws: `badData` if the aspect ratio is too extreme to resize, `outOfMemory`.
  public func preprocess(_ image: RGBImage) throws(RepVGGError) -> [Float] {
    var values = [Float](repeating: 0, count: elementCount)
    var failure: RepVGGError?
    values.withUnsafeMutableBufferPointer { output in
      do throws(RepVGGError) { try preprocess(image, into: output) } catch { failure = error }
    }
    if let failure { throw failure }
    return values
  }
}
