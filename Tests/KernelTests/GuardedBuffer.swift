/// Floats between two zones of a sentinel, which tells whether anything was written around them.
struct GuardedBuffer: ~Copyable {
  static let guardCount = 64
  static let sentinel = Float(bitPattern: 0x7fc0_1234)

  let count: Int
  private let storage: UnsafeMutableRawPointer

  /// `count` floats, 64-byte aligned, all NaN.
  init(count: Int) {
    self.count = count
    let total = count + 2 * Self.guardCount
    storage = .allocate(byteCount: total * 4, alignment: 64)
    storage.bindMemory(to: Float.self, capacity: total)
      .initialize(repeating: Self.sentinel, count: total)
  }

  init(_ elements: [Float]) {
    self.init(count: elements.count)
    for (index, element) in elements.enumerated() { start[index] = element }
  }

  deinit { storage.deallocate() }

  var start: UnsafeMutablePointer<Float> {
    storage.assumingMemoryBound(to: Float.self) + Self.guardCount
  }
  var elements: [Float] { (0..<count).map { start[$0] } }
  /// Whether the zones around the floats still hold the sentinel, bit by bit.
  var guardsAreIntact: Bool {
    let expected = Self.sentinel.bitPattern
    let all = storage.assumingMemoryBound(to: UInt32.self)
    return (0..<Self.guardCount).allSatisfy {
      all[$0] == expected && all[Self.guardCount + count + $0] == expected
    }
  }
}

/// Reproducible floats in -1 ..< 1 (SplitMix64).
struct RandomFloats {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> Float {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    z ^= z >> 31
    return Float(Int64(z >> 40)) / Float(1 << 23) - 1
  }

  mutating func array(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}

/// The usual bound on the relative error of `count` roundings in Float32.
func gamma(_ count: Int) -> Double {
  let share = Double(count) * 0x1p-24
  return share / (1 - share)
}
