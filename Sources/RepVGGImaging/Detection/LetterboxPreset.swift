import RepVGG

/// How an image becomes a detector's input without losing any part of it: scaled to fit, padded with
/// grey, normalised.
///
/// The defaults are those of YOLOv6's `letterbox` and inference (YOLOv5 and later do the same):
/// bilinear without antialiasing, padding on both sides with level 114, levels divided by 255,
/// planes in the order red, green, blue.
public struct LetterboxPreset: Sendable, Hashable {
  /// How far the scaled image is padded.
  public enum Padding: String, Sendable, Hashable, CaseIterable {
    /// To the full input size, the same for every image.
    case full
    /// Only to the next multiple of the stride, so that the input has the image's proportions.
    case stride
  }

  /// Where the scaled image is.
  public enum Placement: String, Sendable, Hashable, CaseIterable {
    /// In the middle; an odd pixel of padding goes to the right and the bottom.
    case centre
    /// At the top left, as YOLOX places it.
    case topLeft = "top-left"
  }

  /// The order of the planes of an input.
  public enum ChannelOrder: String, Sendable, Hashable, CaseIterable {
    /// Red, green, blue.
    case rgb
    /// Blue, green, red.
    case bgr
  }

  /// The largest input, in pixels.
  public let width: Int
  /// The largest input, in pixels.
  public let height: Int
  /// How far the scaled image is padded.
  public let padding: Padding
  /// What sides of inputs are multiples of, with ``Padding-swift.enum/stride``.
  public let stride: Int
  /// Where the scaled image is.
  public let placement: Placement
  /// The level of padding.
  public let fill: UInt8
  /// Whether images that are smaller than the input are enlarged.
  public let enlarges: Bool
  /// The order of the planes.
  public let channelOrder: ChannelOrder
  /// The mean of red, green and blue, of levels from 0 to 1.
  public let mean: SIMD3<Double>
  /// The standard deviation of red, green and blue, of levels from 0 to 1.
  public let standardDeviation: SIMD3<Double>

  /// The largest side of an input, in pixels.
  public static let maximumSide = ImagePreset.maximumSide

  /// A preset; only the size is needed.
  ///
  /// - Parameters:
  ///   - width: The largest width of an input, 1 to ``maximumSide``.
  ///   - height: The largest height of an input, 1 to ``maximumSide``.
  ///   - padding: How far the scaled image is padded.
  ///   - stride: What sides of inputs are multiples of, 1 to ``maximumSide``; where padding follows
  ///     it, width and height must be multiples too.
  ///   - placement: Where the scaled image is.
  ///   - fill: The level of padding.
  ///   - enlarges: Whether images that are smaller than the input are enlarged.
  ///   - channelOrder: The order of the planes.
  ///   - mean: The mean of red, green and blue, finite.
  ///   - standardDeviation: The deviation of red, green and blue, finite and above 0.
  /// - Throws: `invalidArgument` for a value out of its range.
  public init(
    width: Int, height: Int, padding: Padding = .full, stride: Int = 32,
    placement: Placement = .centre, fill: UInt8 = 114, enlarges: Bool = true,
    channelOrder: ChannelOrder = .rgb, mean: SIMD3<Double> = .zero,
    standardDeviation: SIMD3<Double> = .one
  ) throws(RepVGGError) {
    for (what, value) in [("width", width), ("height", height), ("stride", stride)] {
      guard (1...Self.maximumSide).contains(value) else {
        throw RepVGGError(
          .invalidArgument, "\(what) \(value) is not between 1 and \(Self.maximumSide)")
      }
    }
    guard padding == .full || (width % stride == 0 && height % stride == 0) else {
      throw RepVGGError(
        .invalidArgument, "\(width)x\(height) is not a multiple of the stride \(stride)")
    }
    try LevelTable.check(mean: mean, standardDeviation: standardDeviation)
    self.width = width
    self.height = height
    self.padding = padding
    self.stride = stride
    self.placement = placement
    self.fill = fill
    self.enlarges = enlarges
    self.channelOrder = channelOrder
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// The preset in one line, for output.
  public var summary: String {
    func list(_ values: SIMD3<Double>) -> String { "\(values.x),\(values.y),\(values.z)" }
    let size =
      switch padding {
      case .full: "\(width)x\(height)"
      case .stride: "up to \(width)x\(height) by \(stride)"
      }
    return "letterbox \(size), \(placement.rawValue), fill \(fill), bilinear,"
      + " \(channelOrder.rawValue), mean \(list(mean)), std \(list(standardDeviation))"
  }
}
