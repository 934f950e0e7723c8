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

/// The usual bound on the relative error of `count` roundings in Float32.
func gamma(_ count: Int) -> Double {
  let share = Double(count) * 0x1p-24
  return share / (1 - share)
}
