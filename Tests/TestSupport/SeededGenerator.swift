/// Numbers that are the same in every run: SplitMix64.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number in `0 ..< 1`.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number in `0 ..< bound`.
  package mutating func below(_ bound: Int) -> Int { Int(next() >> 33) % bound }

  /// A float in `-1 ..< 1`.
  package mutating func float() -> Float { Float(Int64(next() >> 40)) * 0x1p-23 - 1 }

  package mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }
}
