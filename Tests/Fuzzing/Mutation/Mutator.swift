import FuzzingSupport

/// A kind of input, and how to change one so that most of it stays well formed.
protocol InputStructure: Sendable {
  /// A changed input; nil where this one does not have the structure.
  func mutated(_ input: [UInt8], _ random: inout Randomness, capacity: Int) -> [UInt8]?
}

/// What libFuzzer calls for a new input.
@c(LLVMFuzzerCustomMutator)
public func mutate(
  _ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ capacity: Int, _ seed: UInt32
) -> Int {
  guard let data else { return 0 }
  var random = Randomness(state: UInt64(seed))
  // One change in five is libFuzzer's own, which knows what the code compares bytes with.
  if random.below(5) > 0 {
    let input = [UInt8](UnsafeBufferPointer(start: data, count: size))
    // Small inputs are tried a hundred times as often: large ones find what takes time or memory.
    let isLarge = random.below(32) == 0
    let room = isLarge ? capacity : min(capacity, size + 1024)
    if let output = fuzzed.structure.mutated(input, &random, capacity: room),
      output.count <= capacity
    {
      for (index, byte) in output.enumerated() { data[index] = byte }
      return output.count
    }
  }
  return LLVMFuzzerMutate(data, size, capacity)
}

/// Numbers that depend on libFuzzer's seed alone (SplitMix64).
struct Randomness: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }

  mutating func below(_ limit: Int) -> Int { limit > 1 ? Int(next() % UInt64(limit)) : 0 }

  /// How often to repeat something of a size: mostly a few times, sometimes until nothing fits.
  mutating func repetitions(of byteCount: Int, capacity: Int) -> Int {
    let most = max(1, capacity / max(1, byteCount))
    return min(most, [2, 3, 17, 300, 70_000, most][below(6)])
  }

  /// A number at the edge of something.
  mutating func edge() -> String {
    [
      "0", "1", "-1", "2", "255", "256", "65535", "65536", "2147483647", "2147483648",
      "4294967295", "4294967296", "9007199254740993", "9223372036854775807",
      "9223372036854775808", "18446744073709551615", "1e308", "1e309", "-0.0", "1e-400", "0.1",
      "00", "999999999999999999999999",
    ][below(23)]
  }

  /// A piece of text that is hard for somebody.
  mutating func piece(capacity: Int) -> [UInt8] {
    let pieces: [[UInt8]] = [
      Array("\u{300}\u{315}".utf8), Array("module.".utf8), Array("a".utf8), Array("\r\n".utf8),
      [0], [0xff], Array("\u{202e}".utf8), Array("\u{85}".utf8), Array("👩‍👩‍👧".utf8), Array("9".utf8),
    ]
    let piece = pieces[below(pieces.count)]
    let count = min(repetitions(of: piece.count, capacity: capacity), 1 << 16)
    return Array(repeatElement(piece, count: count).joined())
  }
}

/// Bytes without structure, or records of a few sizes.
struct FlatStructure: InputStructure {
  /// Longer inputs tell nothing more.
  var maximumByteCount = Int.max
  /// Where not empty, inputs are cut to whole records.
  var recordByteCounts: [Int] = []

  func mutated(_ input: [UInt8], _ random: inout Randomness, capacity: Int) -> [UInt8]? {
    let capacity = min(capacity, maximumByteCount)
    guard !input.isEmpty, capacity > 0 else { return nil }
    var output = input
    switch random.below(8) {
    case 0:
      // A part again and again.
      let start = random.below(input.count)
      let part = input[start..<min(input.count, start + 1 + random.below(64))]
      let room = max(1, capacity - input.count)
      for _ in 0..<random.repetitions(of: part.count, capacity: room) { output += part }
    case 1:
      let record = recordByteCounts.randomElement(using: &random) ?? 1
      output += [UInt8](repeating: UInt8(random.below(256)), count: record)
    default:
      output += [UInt8](repeating: 0, count: min(64, max(0, capacity - input.count)))
      let size = output.withUnsafeMutableBufferPointer { buffer in
        LLVMFuzzerMutate(buffer.baseAddress, min(input.count, capacity), buffer.count)
      }
      output.removeLast(output.count - size)
    }
    output = Array(output.prefix(capacity))
    if let record = recordByteCounts.randomElement(using: &random), random.below(8) > 0 {
      output.removeLast(output.count % record)
    }
    return output
  }
}
