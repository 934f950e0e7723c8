/// The shape of a network's input: `[batch, channels, height, width]`, NCHW.
public struct InputShape: Sendable, Hashable, CustomStringConvertible {
  /// Images at once.
  public let batch: Int
  /// Channels of an image: those of the network's stem, 3 for colour images.
  public let channels: Int
  /// Rows of an image.
  public let height: Int
  /// Columns of an image.
  public let width: Int

  /// A batch of images of one size.
  ///
  /// - Throws: `invalidArgument` where a dimension is not positive or memory could never hold it.
  public init(
    batch: Int = 1, channels: Int = 3, height: Int, width: Int
  ) throws(RepVGGError) {
    guard (1...4096).contains(batch), (1...Architecture.channelLimit).contains(channels),
      (1...32768).contains(height), (1...32768).contains(width),
      batch * channels * height * width <= 3 << 30
    else {
      throw RepVGGError(
        .invalidArgument,
        "an input of \(batch) images of \(channels)x\(height)x\(width) is out of range")
    }
    self.batch = batch
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// The shape of an array of images.
  ///
  /// - Parameter dimensions: `[batch, channels, height, width]`.
  /// - Throws: `invalidArgument` for another number of dimensions, and where one is out of range.
  public init(dimensions: [Int]) throws(RepVGGError) {
    guard dimensions.count == 4 else {
      throw RepVGGError(
        .invalidArgument, "has shape \(dimensions), expected [batch, channels, height, width]")
    }
    try self.init(
      batch: dimensions[0], channels: dimensions[1], height: dimensions[2], width: dimensions[3])
  }

  /// `[batch, channels, height, width]`.
  public var dimensions: [Int] { [batch, channels, height, width] }

  /// Floats of the input.
  public var elementCount: Int { batch * channels * height * width }

  /// `1x3x224x224`.
  public var description: String { "\(batch)x\(channels)x\(height)x\(width)" }
}
