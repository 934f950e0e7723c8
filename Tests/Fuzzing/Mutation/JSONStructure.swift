/// JSON documents: members and elements are removed, repeated, exchanged, nested.
struct JSONStructure: InputStructure {
  func mutated(_ input: [UInt8], _ random: inout Randomness, capacity: Int) -> [UInt8]? {
    let spans = Self.values(input)
    guard let span = spans.randomElement(using: &random) else { return nil }
    let value = input[span]
    let room = max(1, capacity - input.count)
    func replaced(_ bytes: [UInt8]) -> [UInt8] {
      input[..<span.lowerBound] + bytes + input[span.upperBound...]
    }
    switch random.below(9) {
    case 0: return replaced(Array(random.edge().utf8))
    case 1:
      let scalars = ["null", "true", "\"\"", "[]", "{}", "\"\\ud800\"", "\"\\u0000\""]
      return replaced(Array(scalars[random.below(scalars.count)].utf8))
    case 2: return replaced([0x22] + random.piece(capacity: room).filter { $0 > 31 } + [0x22])
    case 3:
      // Another value in its place.
      return replaced(Array(input[spans.randomElement(using: &random) ?? span]))
    case 4:
      // Deep nesting.
      let depth = random.repetitions(of: 2, capacity: room)
      let isObject = random.below(3) == 0
      let opening = Array((isObject ? "{\"a\":" : "[").utf8)
      guard depth * (opening.count + 1) < room else { return nil }
      return replaced(
        Array(repeatElement(opening, count: depth).joined()) + value
          + [UInt8](repeating: UInt8(ascii: isObject ? "}" : "]"), count: depth))
    case 5, 6:
      // The element again, and again: the value with the comma after it.
      let part = value + [UInt8(ascii: ",")]
      let count = random.repetitions(of: part.count, capacity: room)
      return replaced(Array(repeatElement(part, count: count).joined()) + value)
    case 7:
      // A member with another key, as often as there is room.
      guard let key = spans.filter({ Self.isKey(input, $0) }).randomElement(using: &random) else {
        return nil
      }
      let member = input[key] + [UInt8(ascii: ":")] + value + [UInt8(ascii: ",")]
      let count = random.repetitions(of: member.count + 4, capacity: room)
      let members = (0..<count).flatMap { index -> [UInt8] in
        var member = Array(member)
        member.insert(contentsOf: Array("\(index)".utf8), at: key.count - 1)
        return count > 1 ? member : Array(input[key] + [UInt8(ascii: ":")] + value + [0x2c])
      }
      return input[..<key.lowerBound] + members + input[key.lowerBound...]
    default:
      // Gone, with the comma after it where there is one.
      let end = span.upperBound < input.count && input[span.upperBound] == UInt8(ascii: ",") ? 1 : 0
      return Array(input[..<span.lowerBound]) + input[(span.upperBound + end)...]
    }
  }

  private static func isKey(_ bytes: [UInt8], _ span: Range<Int>) -> Bool {
    bytes[span.lowerBound] == 0x22
      && bytes[span.upperBound...].first { $0 > 0x20 } == UInt8(ascii: ":")
  }

  /// Where values and keys stand, found without much understanding of JSON.
  private static func values(_ bytes: [UInt8]) -> [Range<Int>] {
    var spans: [Range<Int>] = []
    var open: [Int] = []
    var position = 0
    while position < bytes.count, spans.count < 20_000 {
      let start = position
      position += 1
      switch bytes[start] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): open.append(start)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if let begin = open.popLast() { spans.append(begin..<position) }
      case 0x22:
        while position < bytes.count, bytes[position] != 0x22 {
          position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        position = min(bytes.count, position + 1)
        spans.append(start..<position)
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        let ends = Array(",:]} \t\r\n".utf8)
        while position < bytes.count, !ends.contains(bytes[position]) { position += 1 }
        spans.append(start..<position)
      default: break
      }
    }
    return spans
  }
}

/// A safetensors file: the JSON of its header is changed, the length before it fits again.
struct SafetensorsStructure: InputStructure {
  func mutated(_ input: [UInt8], _ random: inout Randomness, capacity: Int) -> [UInt8]? {
    guard input.count > 8 else { return nil }
    let stated = input[..<8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    let end = 8 + Int(min(stated, UInt64(input.count - 8)))
    let header = JSONStructure()
      .mutated(Array(input[8..<end]), &random, capacity: capacity - input.count + end - 8)
    guard let header else { return nil }
    let length = random.below(16) == 0 ? stated : UInt64(header.count)
    return Pickle.littleEndian(length) + header + input[end...]
  }
}
