import CKernels
import Glibc
import Testing

/// An activation of the kernels, its meaning in Double and what a kernel's result may differ by.
struct ActivationCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let kind: Int32
  var a: Float = 0
  var b: Float = 0
  var scale: Float = 1
  var shift: Float = 0
  /// Units of the last place that the function itself may be off by, where its value is normal.
  let error: Double
  /// How much faster than its argument the function changes at most.
  var slope = 1.0
  let function: @Sendable (Double) -> Double

  /// All kinds that need no slopes, by themselves.
  static let plain: [ActivationCase] = [
    ActivationCase(testDescription: "identity", kind: RVGK_ACTIVATION_IDENTITY, error: 0) { $0 },
    ActivationCase(testDescription: "relu", kind: RVGK_ACTIVATION_RELU, error: 0) {
      $0 > 0 ? $0 : 0
    },
    ActivationCase(testDescription: "relu6", kind: RVGK_ACTIVATION_CLIP, b: 6, error: 0) {
      min(max($0, 0), 6)
    },
    ActivationCase(
      testDescription: "clip off zero", kind: RVGK_ACTIVATION_CLIP, a: 0.25, b: 0.75, error: 0
    ) { min(max($0, 0.25), 0.75) },
    ActivationCase(
      testDescription: "leaky relu", kind: RVGK_ACTIVATION_LEAKY_RELU, a: 0.1, error: 0.5
    ) { $0 < 0 ? Double(Float(0.1)) * $0 : $0 },
    ActivationCase(
      testDescription: "sigmoid", kind: RVGK_ACTIVATION_SIGMOID, error: 2.5
    ) { 1 / (1 + exp(-$0)) },
    ActivationCase(testDescription: "tanh", kind: RVGK_ACTIVATION_TANH, error: 2.5) { tanh($0) },
    ActivationCase(
      testDescription: "silu", kind: RVGK_ACTIVATION_SILU, error: 2.5, slope: 1.1
    ) { $0 == -.infinity ? 0 : $0 / (1 + exp(-$0)) },
    // Where slope * x + offset cancels, its rounding is one of the offset.
    ActivationCase(
      testDescription: "hard sigmoid", kind: RVGK_ACTIVATION_HARD_SIGMOID, a: 0.25, b: 0.5,
      error: 0.5
    ) { min(max(0.25 * $0 + 0.5, 0), 1) },
    ActivationCase(
      testDescription: "hard swish", kind: RVGK_ACTIVATION_HARD_SWISH, error: 2.5, slope: 1.5
    ) { max($0, -3) * min(max($0 + 3, 0), 6) / 6 },
    ActivationCase(testDescription: "gelu", kind: RVGK_ACTIVATION_GELU, error: 4.5, slope: 1.2) {
      $0.isInfinite ? max($0, 0) : $0 / 2 * erfc(-$0 / 2.0.squareRoot())
    },
  ]

  /// The same kinds and some with an affine function after them.
  static let all =
    plain
    + plain.map { plain in
      var scaled = ActivationCase(
        testDescription: plain.testDescription + ", scaled", kind: plain.kind, a: plain.a,
        b: plain.b, error: plain.error, slope: plain.slope * 1.5
      ) { plain.function($0) * -1.5 + 0.375 }
      scaled.scale = -1.5
      scaled.shift = 0.375
      return scaled
    }

  /// As the kernels take it.
  var task: rvgk_activation {
    rvgk_activation(kind: kind, a: a, b: b, scale: scale, shift: shift, slopes: nil)
  }

  /// What the result for an argument may differ by, if the argument may by `error`.
  func bound(_ argument: Double, error argumentError: Double) -> Double {
    let value = function(argument)
    let inner = scale == 1 && shift == 0 ? value : (value - Double(shift)) / Double(scale)
    return slope * argumentError
      + abs(Double(scale)) * (error + 0.5) * 0x1p-23 * abs(inner)
      + 0x1p-23 * (abs(value) + abs(Double(shift))) + 1e-37
  }
}
