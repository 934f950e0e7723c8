/// A box around something that a detector found.
public struct Detection: Sendable, Hashable {
  /// The index of its class.
  public var classIndex: Int
  /// How sure the network is, usually from 0 to 1.
  public var score: Float
  /// The left edge in pixels from the left.
  public var x: Double
  /// The top edge in pixels from the top.
  public var y: Double
  /// The width in pixels.
  public var width: Double
  /// The height in pixels.
  public var height: Double

  /// A box.
  ///
  /// - Parameters:
  ///   - classIndex: The index of its class.
  ///   - score: How sure the network is.
  ///   - x: The left edge in pixels.
  ///   - y: The top edge in pixels.
  ///   - width: The width in pixels.
  ///   - height: The height in pixels.
  public init(
    classIndex: Int, score: Float, x: Double, y: Double, width: Double, height: Double
  ) {
    self.classIndex = classIndex
    self.score = score
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The area that two boxes share, of the area that they cover together: 0 to 1.
  ///
  /// - Parameter other: Another box.
  /// - Returns: The intersection over union; 0 where a box has no finite area.
  public func intersectionOverUnion(_ other: Detection) -> Double {
    let columns = min(x + width, other.x + other.width) - max(x, other.x)
    let rows = min(y + height, other.y + other.height) - max(y, other.y)
    // The smaller of two values may be the one that is a number.
    guard columns > 0, rows > 0, !(x + other.x + y + other.y).isNaN else { return 0 }
    let shared = columns * rows
    let ratio = shared / (width * height + other.width * other.height - shared)
    return ratio.isFinite ? ratio : 0
  }
}
