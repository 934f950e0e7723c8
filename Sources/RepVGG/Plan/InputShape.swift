/// The shape of a network's input: `[batch, 3, height, width]`, NCHW.
public struct InputShape: Sendable, Hashable, CustomStringConvertible {
  /// Images at once.
  public let batch: Int
  /// Rows of an image.
  public let height: Int
  /// Columns of an image.
  public let width: Int

  /// A batch of images of one size.
  ///
  /// - Throws: `invalidArgument` where a dimension is not positive or memory could never hold it.
  public init(batch: Int = 1, height: Int, width: Int) throws(RepVGGError) {
    guard (1...4096).contains(batch), (1...32768).contains(height), (1...32768).contains(width),
      batch * height * width <= 1 << 30
    else {
      throw RepVGGError(
        .invalidArgument, "an input of \(batch) images of \(height)x\(width) is out of range")
    }
    self.batch = batch
    self.height = height
    self.width = width
  }

  /// The shape of an array of images.
  ///
  /// - Parameter dimensions: `[batch, 3, height, width]`.
  /// - Throws: `invalidArgument` for another number of dimensions or channels, and where a
  ///   dimension is out of range.
  public init(dimensions: [Int]) throws(RepVGGError) {
    guard dimensions.count == 4, dimensions[1] == 3 else {
      throw RepVGGError(
        .invalidArgument, "has shape \(dimensions), expected [batch, 3, height, width]")
    }
    try self.init(batch: dimensions[0], height: dimensions[2], width: dimensions[3])
  }

  /// Floats of the input.
  public var elementCount: Int { batch * 3 * height * width }

  /// `1x3x224x224`.
  public var description: String { "\(batch)x3x\(height)x\(width)" }
}
