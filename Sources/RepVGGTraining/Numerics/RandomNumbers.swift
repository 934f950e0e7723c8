/// A seeded generator whose state is 64 bits: SplitMix64 (Steele, Lea, Flood 2014).
///
/// The same seed gives the same numbers on every machine and in every version.
public struct RandomNumbers: RandomNumberGenerator, Sendable, Hashable {
  /// All there is to know to continue the sequence.
  public var state: UInt64

  /// A sequence for a seed.
  public init(seed: UInt64) { state = seed }

  /// A sequence of its own for every combination of keys.
  public init(seed: UInt64, keys: UInt64...) {
    self.init(seed: seed)
    for key in keys { state = next() ^ (key &* 0xD1B5_4A32_D192_ED03) }
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// A number in 0..<1.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number in 0..<bound, without bias.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "an empty range has no number")
    return Int(UInt64(bound).multipliedFullWidth(by: next()).high)
  }

  /// A permutation of 0..<count (Fisher and Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, below(last + 1)) }
    return order
  }
}
