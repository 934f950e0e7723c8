/// The size of a dimension of a tensor, as far as it is known before the inputs are.
public enum Dimension: Sendable, Hashable {
  case fixed(Int)
  /// A size that is the same wherever the name is: `batch`, `height`.
  case symbol(String)
  /// Nothing is known, nor whether it equals another one.
  case unknown

  /// The size, if it is known.
  public var size: Int? {
    if case .fixed(let size) = self { size } else { nil }
  }
}
