import CPlatform

/// How a thread of the engine computes, whatever its caller or its creator had set: rounding to
/// nearest, no traps, subnormal numbers kept.
package enum FloatingPointEnvironment {
  /// Sets the calling thread; returns what ``leave(_:)`` takes.
  package static func enter() -> UInt64 { rvgk_enter_floating_point() }

  /// Gives the calling thread back what it had.
  package static func leave(_ before: UInt64) { rvgk_set_floating_point_control(before) }
}
