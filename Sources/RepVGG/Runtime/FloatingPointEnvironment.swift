import CPlatform

/// How a thread of the engine computes, whatever its caller or its creator had set: rounding to
/// nearest, no exceptions.
///
/// Runs take subnormal numbers as zero, which some CPUs compute many times slower; merging and
/// packing weights do not.
package enum FloatingPointEnvironment {
  /// Subnormals as IEEE 754 has them.
  case standard
  /// Subnormal operands and results are zero.
  case flushed

  /// Sets the calling thread; returns what ``leave(_:)`` takes.
  package func enter() -> UInt64 { rvgk_enter_floating_point(self == .flushed) }

  /// Gives the calling thread back what it had.
  package static func leave(_ before: UInt64) { rvgk_set_floating_point_control(before) }
}
