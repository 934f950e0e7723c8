import Glibc

extension Network {
  /// A function of each element by itself.
  public enum Activation: Sendable, Hashable {
    /// `max(0, x)`.
    case relu
    /// `1 / (1 + exp(-x))`.
    case sigmoid
    /// `x * sigmoid(x)`, also called Swish.
    case silu
    /// `x` between two limits: `clip(0, 6)` is ReLU6.
    case clip(minimum: Float, maximum: Float)
    /// `x` where it is positive, else `slope * x`.
    case leakyReLU(slope: Float)
    /// `slope * x + offset` between 0 and 1.
    case hardSigmoid(slope: Float, offset: Float)
    /// `x * clip(x / 6 + 1 / 2, 0, 1)` (MobileNetV3, section 5.2).
    case hardSwish
    /// `x / 2 * (1 + erf(x / sqrt(2)))`.
    case gelu

    /// The function as plans compute it.
    func callAsFunction(_ x: Float) -> Float {
      switch self {
      case .relu: max(0, x)
      case .sigmoid: 1 / (1 + expf(-x))
      default: Float(self(Double(x)))
      }
    }

    /// The function in Float64, for the oracle.
    func callAsFunction(_ x: Double) -> Double {
      switch self {
      case .relu: max(0, x)
      case .sigmoid: 1 / (1 + exp(-x))
      case .silu: x / (1 + exp(-x))
      case .clip(let minimum, let maximum): min(max(x, Double(minimum)), Double(maximum))
      case .leakyReLU(let slope): x >= 0 ? x : Double(slope) * x
      case .hardSigmoid(let slope, let offset):
        min(max(Double(slope) * x + Double(offset), 0), 1)
      case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
      case .gelu: x / 2 * (1 + erf(x / 2.0.squareRoot()))
      }
    }

    /// The name in reports.
    public var name: String {
      switch self {
      case .relu: "relu"
      case .sigmoid: "sigmoid"
      case .silu: "silu"
      case .clip: "clip"
      case .leakyReLU: "leaky relu"
      case .hardSigmoid: "hard sigmoid"
      case .hardSwish: "hard swish"
      case .gelu: "gelu"
      }
    }
  }
}
