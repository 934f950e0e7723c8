/// A height and a width: of a kernel, of steps, of the distances of a kernel's pixels.
public struct Size2D: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int

  /// A height and a width.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// The same in both directions.
  public init(_ side: Int) { self.init(height: side, width: side) }

  /// The same in both directions.
  public init(integerLiteral side: Int) { self.init(side) }

  /// Whether height and width are the same.
  public var isSquare: Bool { height == width }

  /// `3` for a square, else `1x3`, the height first.
  public var description: String { isSquare ? "\(height)" : "\(height)x\(width)" }
}
