/// Changes pickles, also several in a row, by their instructions.
///
/// Instructions are removed, repeated, exchanged, their operands changed. What follows the last
/// instruction stays.
struct PickleStructure: InputStructure {
  func mutated(_ input: [UInt8], _ random: inout Randomness, capacity: Int) -> [UInt8]? {
    let spans = Self.instructions(input)
    guard !spans.isEmpty else { return nil }
    let tail = input[(spans.last?.upperBound ?? 0)...]
    var code = spans.map { Array(input[$0]) }
    let index = random.below(code.count)
    let room = max(1, capacity - input.count)
    switch random.below(8) {
    case 0: code.remove(at: index)
    case 1: code.swapAt(index, random.below(code.count))
    case 2: code.insert(code[random.below(code.count)], at: index)
    case 3:
      // A run of instructions many times.
      let run = code[index..<min(code.count, index + 1 + random.below(12))]
      let size = run.reduce(0) { $0 + $1.count }
      let count = random.repetitions(of: size, capacity: room)
      code.insert(contentsOf: repeatElement(run, count: count).joined(), at: index)
    case 4: code.insert([Self.opcodes[random.below(Self.opcodes.count)]], at: index)
    case 5:
      code[index] = Self.integer(&random)
    default: code[index] = Self.changed(code[index], &random, room: room)
    }
    return Array(code.joined()) + tail
  }

  /// Opcodes without operands that build, fetch and call.
  private static let opcodes: [UInt8] =
    Array("(.012NR]}abdehltuosQ)".utf8) + [
      0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94,
    ]

  private static func integer(_ random: inout Randomness) -> [UInt8] {
    let values: [Int64] = [0, 1, -1, 2, 255, 1 << 31, 1 << 40, 1 << 62, .max, .min, 48, 1 << 24]
    return [0x8a, 8] + Pickle.littleEndian(values[random.below(values.count)])
  }

  /// An instruction with another operand.
  private static func changed(
    _ code: [UInt8], _ random: inout Randomness, room: Int
  ) -> [UInt8] {
    switch code[0] {
    case UInt8(ascii: "X"), 0x8c:
      // A text, perhaps a long one.
      let text = random.piece(capacity: min(room, 1 << 17))
      let whole =
        (random.below(2) == 0 ? Array(code.dropFirst(code[0] == 0x8c ? 2 : 5)) : []) + text
      return [UInt8(ascii: "X")] + Pickle.littleEndian(UInt32(whole.count)) + whole
    case UInt8(ascii: "c"):
      let globals = [
        ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_parameter"),
        ("collections", "OrderedDict"), ("torch", "FloatStorage"), ("torch", "Size"),
        ("os", "system"), ("torch._utils", "_rebuild_qtensor"), ("numpy", "dtype"),
        ("builtins", "set"), ("_codecs", "encode"), ("torch", "device"),
      ]
      let chosen = globals[random.below(globals.count)]
      return Pickle.global(chosen.0, chosen.1)
    default:
      guard code.count > 1 else { return integer(&random) }
      var code = code
      code[1 + random.below(code.count - 1)] = UInt8(random.below(256))
      return code
    }
  }

  /// The instructions from the beginning on, as far as they can be told apart.
  private static func instructions(_ bytes: [UInt8]) -> [Range<Int>] {
    var spans: [Range<Int>] = []
    var position = 0
    func line(_ start: Int) -> Int? {
      bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
    }
    func counted(_ start: Int, _ width: Int) -> Int? {
      guard start + width <= bytes.count else { return nil }
      let count = bytes[start..<start + width].reversed().reduce(0 as UInt64) {
        $0 << 8 | UInt64($1)
      }
      guard count <= UInt64(bytes.count) else { return nil }
      return start + width + Int(count)
    }
    while position < bytes.count, spans.count < 50_000 {
      let start = position + 1
      let end: Int? =
        switch bytes[position] {
        case UInt8(ascii: "c"), UInt8(ascii: "i"): line(start).flatMap(line)
        case UInt8(ascii: "F"), UInt8(ascii: "I"), UInt8(ascii: "L"), UInt8(ascii: "P"),
          UInt8(ascii: "S"), UInt8(ascii: "V"), UInt8(ascii: "g"), UInt8(ascii: "p"):
          line(start)
        case UInt8(ascii: "h"), UInt8(ascii: "q"), UInt8(ascii: "K"), 0x80, 0x82: start + 1
        case UInt8(ascii: "M"), 0x83: start + 2
        case UInt8(ascii: "J"), UInt8(ascii: "j"), UInt8(ascii: "r"), 0x84: start + 4
        case UInt8(ascii: "G"), 0x95: start + 8
        case UInt8(ascii: "U"), UInt8(ascii: "C"), 0x8a, 0x8c: counted(start, 1)
        case UInt8(ascii: "X"), UInt8(ascii: "T"), UInt8(ascii: "B"), 0x8b: counted(start, 4)
        case 0x8d, 0x8e, 0x96: counted(start, 8)
        case let opcode where opcodes.contains(opcode): start
        default: nil
        }
      guard let end, end <= bytes.count else { break }
      spans.append(position..<end)
      position = end
    }
    return spans
  }
}
