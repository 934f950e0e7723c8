/// Decompresses DEFLATE (RFC 1951): members of zip archives that somebody packed anew.
///
/// The output's size is known beforehand, so hostile input costs no more than that.
struct Inflate {
  private let input: [UInt8]
  private var position = 0
  private var bits: UInt32 = 0
  private var bitCount = 0
  private var output: [UInt8] = []
  private let byteCount: Int

  /// The bytes that a stream stands for, which must be exactly so many.
  ///
  /// - Throws: `badData` where the stream is damaged or of another length.
  static func decompress(_ input: [UInt8], byteCount: Int) throws(RepVGGError) -> [UInt8] {
    var inflate = Inflate(input: input, byteCount: byteCount)
    inflate.output.reserveCapacity(byteCount)
    repeat {} while try inflate.readBlock()
    guard inflate.output.count == byteCount else { throw damaged("ends too early") }
    return inflate.output
  }

  private init(input: [UInt8], byteCount: Int) {
    self.input = input
    self.byteCount = byteCount
  }

  private static func damaged(_ reason: String) -> RepVGGError {
    RepVGGError(.badData, "its compressed bytes are damaged: a stream \(reason)")
  }

  // MARK: - Bits

  /// The next bits, least significant first; at most 16.
  private mutating func take(_ count: Int) throws(RepVGGError) -> Int {
    while bitCount < count {
      guard position < input.count else { throw Self.damaged("ends too early") }
      bits |= UInt32(input[position]) << UInt32(bitCount)
      position += 1
      bitCount += 8
    }
    let value = bits & (1 << UInt32(count) - 1)
    bits >>= UInt32(count)
    bitCount -= count
    return Int(value)
  }

  private mutating func symbol(_ code: PrefixCode) throws(RepVGGError) -> Int {
    var (value, first, index) = (0, 0, 0)
    for length in 1...PrefixCode.lengthLimit {
      value = value << 1 | (try take(1))
      let count = code.counts[length]
      if value - first < count { return code.symbols[index + value - first] }
      index += count
      first = (first + count) << 1
    }
    throw Self.damaged("with an unknown code")
  }

  // MARK: - Blocks

  /// Reads a block; false after the last one.
  private mutating func readBlock() throws(RepVGGError) -> Bool {
    let isLast = try take(1) == 1
    switch try take(2) {
    case 0: try copyStored()
    case 1: try expand(literals: .fixedLiterals, distances: .fixedDistances)
    case 2:
      let (literals, distances) = try codes()
      try expand(literals: literals, distances: distances)
    default: throw Self.damaged("with an unknown block")
    }
    return !isLast
  }

  private mutating func copyStored() throws(RepVGGError) {
    (bits, bitCount) = (0, 0)
    guard input.count - position >= 4 else { throw Self.damaged("ends too early") }
    let count = Int(input[position]) | Int(input[position + 1]) << 8
    let complement = Int(input[position + 2]) | Int(input[position + 3]) << 8
    position += 4
    guard count == complement ^ 0xffff, count <= input.count - position,
      count <= byteCount - output.count
    else { throw Self.damaged("with a stored block of the wrong length") }
    output += input[position..<position + count]
    position += count
  }

  /// The codes that a block brings along, which are themselves coded.
  private mutating func codes() throws(RepVGGError) -> (PrefixCode, PrefixCode) {
    let literalCount = try take(5) + 257
    let distanceCount = try take(5) + 1
    let lengthCount = try take(4) + 4
    var order = [Int](repeating: 0, count: 19)
    for place in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
      .prefix(lengthCount)
    { order[place] = try take(3) }
    let lengthCode = try PrefixCode(order[...])
    var lengths: [Int] = []
    while lengths.count < literalCount + distanceCount {
      switch try symbol(lengthCode) {
      case 16:
        guard let last = lengths.last else { throw Self.damaged("that repeats nothing") }
        lengths += [Int](repeating: last, count: 3 + (try take(2)))
      case 17: lengths += [Int](repeating: 0, count: 3 + (try take(3)))
      case 18: lengths += [Int](repeating: 0, count: 11 + (try take(7)))
      case let length: lengths.append(length)
      }
    }
    guard lengths.count == literalCount + distanceCount else {
      throw Self.damaged("with too many codes")
    }
    return (
      try PrefixCode(lengths[..<literalCount]), try PrefixCode(lengths[literalCount...])
    )
  }

  private mutating func expand(
    literals: PrefixCode, distances: PrefixCode
  ) throws(RepVGGError) {
    while true {
      let symbol = try symbol(literals)
      if symbol == 256 { return }
      if symbol < 256 {
        guard output.count < byteCount else { throw Self.damaged("longer than it says") }
        output.append(UInt8(symbol))
        continue
      }
      guard symbol < 286 else { throw Self.damaged("with an unknown length") }
      let (lengthBase, lengthBits) = Self.lengths[symbol - 257]
      let length = lengthBase + (try take(lengthBits))
      let distanceSymbol = try self.symbol(distances)
      guard distanceSymbol < 30 else { throw Self.damaged("with an unknown distance") }
      let (distanceBase, distanceBits) = Self.distances[distanceSymbol]
      let distance = distanceBase + (try take(distanceBits))
      guard distance <= output.count, length <= byteCount - output.count else {
        throw Self.damaged("that copies what is not there")
      }
      let start = output.count - distance
      for index in start..<start + length { output.append(output[index]) }
    }
  }

  /// The first length of each symbol from 257 on, and its additional bits.
  private static let lengths: [(base: Int, bits: Int)] = {
    var table: [(base: Int, bits: Int)] = []
    var base = 3
    for symbol in 0..<28 {
      let bits = symbol < 8 ? 0 : symbol / 4 - 1
      table.append((base, bits))
      base += 1 << bits
    }
    return table + [(258, 0)]
  }()

  /// The first distance of each symbol, and its additional bits.
  private static let distances: [(base: Int, bits: Int)] = {
    var table: [(base: Int, bits: Int)] = []
    var base = 1
    for symbol in 0..<30 {
      let bits = symbol < 4 ? 0 : symbol / 2 - 1
      table.append((base, bits))
      base += 1 << bits
    }
    return table
  }()

  /// A canonical prefix code: how many symbols have each length, and the symbols in their order.
  private struct PrefixCode {
    static let lengthLimit = 15
    private(set) var counts = [Int](repeating: 0, count: lengthLimit + 1)
    private(set) var symbols: [Int] = []

    /// The code of the lengths of its symbols; 0 where a symbol does not occur.
    ///
    /// - Throws: `badData` where there are more codes than bits allow.
    init(_ lengths: ArraySlice<Int>) throws(RepVGGError) {
      for length in lengths { counts[length] += 1 }
      counts[0] = 0
      var left = 1
      for length in 1...Self.lengthLimit {
        left = left << 1 - counts[length]
        guard left >= 0 else { throw Inflate.damaged("with an impossible code") }
      }
      for length in 1...Self.lengthLimit {
        symbols += zip(0..., lengths).filter { $0.1 == length }.map(\.0)
      }
    }

    private init(fixed lengths: [Int]) {
      for length in lengths { counts[length] += 1 }
      for length in 1...Self.lengthLimit {
        symbols += lengths.indices.filter { lengths[$0] == length }
      }
    }

    static let fixedLiterals = PrefixCode(
      fixed: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
    static let fixedDistances = PrefixCode(fixed: [Int](repeating: 5, count: 30))
  }
}
