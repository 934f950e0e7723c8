import Glibc

extension Network {
  /// A function of each element by itself.
  public enum Activation: String, Sendable, Hashable, CaseIterable {
    /// `max(0, x)`.
    case relu
    /// `1 / (1 + exp(-x))`.
    case sigmoid

    /// The function as plans compute it.
    func callAsFunction(_ x: Float) -> Float {
      switch self {
      case .relu: max(0, x)
      case .sigmoid: 1 / (1 + expf(-x))
      }
    }

    /// The function in Float64, for the oracle.
    func callAsFunction(_ x: Double) -> Double {
      switch self {
      case .relu: max(0, x)
      case .sigmoid: 1 / (1 + exp(-x))
      }
    }
  }
}
