/// A generator with 64 bits of state: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom
/// number generators", OOPSLA 2014).
///
/// The same seed gives the same numbers on every machine and in every version.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  /// What the state grows by with every number.
  @inlinable package static var increment: UInt64 { 0x9E37_79B9_7F4A_7C15 }

  @usableFromInline var state: UInt64

  /// A sequence for a seed.
  package init(seed: UInt64) { state = seed }

  /// A sequence of its own for every combination of keys.
  package init(seed: UInt64, keys: UInt64...) {
    self.init(seed: seed)
    for key in keys { state = next() ^ (key &* 0xD1B5_4A32_D192_ED03) }
  }

  /// The next 64 bits.
  @inlinable package mutating func next() -> UInt64 {
    state &+= Self.increment
    return Self.mix(state)
  }

  /// The number of a state.
  @inlinable package static func mix(_ state: UInt64) -> UInt64 {
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// A number in 0..<1.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number in -1..<1.
  @inlinable package mutating func float() -> Float { Float(next() >> 40) * 0x1p-23 - 1 }

  /// A number in 0..<bound; the bias is below `bound` / 2^64.
  @inlinable package mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "an empty range has no number")
    return Int(UInt64(bound).multipliedFullWidth(by: next()).high)
  }

  /// The numbers 0..<count in random order (Fisher and Yates).
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, below(last + 1)) }
    return order
  }
}
