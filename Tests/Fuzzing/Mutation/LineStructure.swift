/// Lines of words: tuning files, lists of names, headers of arrays and maps.
struct LineStructure: InputStructure {
  func mutated(_ input: [UInt8], _ random: inout Randomness, capacity: Int) -> [UInt8]? {
    let lineEnd = UInt8(ascii: "\n")
    var lines = input.split(separator: lineEnd, omittingEmptySubsequences: false).map(Array.init)
    let index = random.below(lines.count)
    let room = max(1, capacity - input.count)
    switch random.below(8) {
    case 0: lines.remove(at: index)
    case 1: lines.insert(lines[index], at: random.below(lines.count))
    case 2: lines.swapAt(index, random.below(lines.count))
    case 3:
      // Many lines that differ in a number, as the blocks of a network do.
      let line = lines[index]
      let count = random.repetitions(of: line.count + 8, capacity: room)
      let changes = random.below(2) == 0
      lines += (0..<count).map { changes ? line + Array("\($0)".utf8) : line }
    default:
      let other = lines[random.below(lines.count)]
      lines[index] = Self.changedWord(lines[index], beside: other, &random, room: room)
    }
    return Array(lines.joined(separator: [lineEnd]))
  }

  /// A line with one of its words replaced, removed, repeated or grown.
  private static func changedWord(
    _ line: [UInt8], beside other: [UInt8], _ random: inout Randomness, room: Int
  ) -> [UInt8] {
    var words = words(of: line)
    guard !words.isEmpty else { return random.piece(capacity: min(room, 4096)) }
    let index = random.below(words.count)
    switch random.below(7) {
    case 0: words.remove(at: index)
    case 1: words.insert(words[index], at: random.below(words.count))
    case 2: words[index] = Array(random.edge().utf8)
    case 3: words.insert(random.piece(capacity: room), at: index)
    case 4: words[index] = Self.words(of: other).randomElement(using: &random) ?? []
    case 5:
      let count = random.repetitions(of: words[index].count, capacity: min(room, 1 << 16))
      words[index] = Array(repeatElement(words[index], count: count).joined())
    default:
      if let number = Int(String(decoding: words[index], as: UTF8.self)) {
        words[index] = Array("\(number &+ random.below(5) &- 2)".utf8)
      } else {
        words.swapAt(index, random.below(words.count))
      }
    }
    return Array(words.joined())
  }

  /// Runs of letters, runs of digits, and everything else by itself: joined they are the line.
  private static func words(of line: [UInt8]) -> [[UInt8]] {
    func kind(_ byte: UInt8) -> Int {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): 1
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): 2
      default: 3
      }
    }
    var words: [[UInt8]] = []
    for byte in line {
      if let last = words.last?.last, kind(last) == kind(byte), kind(byte) < 3 {
        words[words.count - 1].append(byte)
      } else {
        words.append([byte])
      }
    }
    return words
  }
}
