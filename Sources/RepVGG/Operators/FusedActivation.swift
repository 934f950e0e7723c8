import CKernels

/// An activation as the last part of another step: `scale * f(x) + shift`.
package struct FusedActivation: Sendable, Hashable {
  package var function: Network.Activation
  package var scale: Float = 1
  package var shift: Float = 0

  package init(_ function: Network.Activation, scale: Float = 1, shift: Float = 0) {
    self.function = function
    self.scale = scale
    self.shift = shift
  }

  /// `max(0, x)`.
  package static let relu = FusedActivation(.relu)

  /// The value for one number in Float64, for the oracle.
  package func callAsFunction(_ x: Double) -> Double {
    Double(scale) * function(x) + Double(shift)
  }

  /// In a word, as layers are written: `relu`, `clip(0,6)`, `hard-swish*0.5+1`.
  package var text: String {
    var text = function.text
    if scale != 1 { text += "*\(scale)" }
    if shift != 0 { text += "+\(shift)" }
    return text
  }
}

extension Network.Activation {
  fileprivate var text: String {
    switch self {
    case .clip(let minimum, let maximum): "clip(\(minimum),\(maximum))"
    case .leakyReLU(let slope): "leaky-relu(\(slope))"
    case .hardSigmoid(let slope, let offset): "hard-sigmoid(\(slope),\(offset))"
    case .relu, .sigmoid, .silu, .hardSwish, .gelu:
      String(name.map { $0 == " " ? "-" : $0 })
    }
  }
}

/// A fused activation as the kernels take it, at an address that stays.
final class ActivationTask: Sendable {
  /// Written once, before anything can read it.
  private nonisolated(unsafe) let storage: UnsafeMutablePointer<rvgk_activation>

  init(_ activation: FusedActivation) {
    storage = .allocate(capacity: 1)
    storage.initialize(to: activation.task)
  }

  deinit { storage.deallocate() }

  var address: UnsafePointer<rvgk_activation> { UnsafePointer(storage) }
}

extension FusedActivation {
  /// As `ckernels.h` states it.
  var task: rvgk_activation {
    let (kind, a, b) = function.kind
    return rvgk_activation(kind: Int32(kind), a: a, b: b, scale: scale, shift: shift, slopes: nil)
  }
}

extension Network.Activation {
  fileprivate var kind: (Int32, Float, Float) {
    switch self {
    case .relu: (RVGK_ACTIVATION_RELU, 0, 0)
    case .clip(let minimum, let maximum): (RVGK_ACTIVATION_CLIP, minimum, maximum)
    case .leakyReLU(let slope): (RVGK_ACTIVATION_LEAKY_RELU, slope, 0)
    case .sigmoid: (RVGK_ACTIVATION_SIGMOID, 0, 0)
    case .silu: (RVGK_ACTIVATION_SILU, 0, 0)
    case .hardSigmoid(let slope, let offset): (RVGK_ACTIVATION_HARD_SIGMOID, slope, offset)
    case .hardSwish: (RVGK_ACTIVATION_HARD_SWISH, 0, 0)
    case .gelu: (RVGK_ACTIVATION_GELU, 0, 0)
    }
  }
}
