import SeededNumbers

/// Numbers of tests, the same in every run.
package struct SeededGenerator: RandomNumberGenerator {
  private var numbers: SplitMix64

  package init(seed: UInt64) { numbers = SplitMix64(seed: seed) }

  package mutating func next() -> UInt64 { numbers.next() }

  /// A number in `0 ..< 1`.
  package mutating func unit() -> Double { numbers.unit() }

  /// A number in `0 ..< bound`.
  package mutating func below(_ bound: Int) -> Int { Int(next() >> 33) % bound }

  /// A float in `-1 ..< 1`.
  package mutating func float() -> Float { numbers.float() }

  package mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }
}
