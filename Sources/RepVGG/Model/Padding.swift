/// Rows and columns that are added around an image; negative ones are cut off.
public struct Padding: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// Rows above the image.
  public var top: Int
  /// Columns on the left.
  public var left: Int
  /// Rows below the image.
  public var bottom: Int
  /// Columns on the right.
  public var right: Int

  /// Each side by itself.
  public init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  /// Rows above and below, columns on both sides.
  public init(vertical: Int, horizontal: Int) {
    self.init(top: vertical, left: horizontal, bottom: vertical, right: horizontal)
  }

  /// The same on all sides.
  public init(_ side: Int) { self.init(vertical: side, horizontal: side) }

  /// The same on all sides.
  public init(integerLiteral side: Int) { self.init(side) }

  /// Top, left, bottom and right.
  public var sides: [Int] { [top, left, bottom, right] }

  /// Whether all sides are the same.
  public var isUniform: Bool { sides.allSatisfy { $0 == top } }

  /// `1` for the same on all sides, else `[1, 0, 1, 0]`: top, left, bottom, right.
  public var description: String { isUniform ? "\(top)" : "\(sides)" }
}
