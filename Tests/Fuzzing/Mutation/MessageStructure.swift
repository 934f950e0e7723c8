/// Changes messages of Protocol Buffers by their fields, and keeps the lengths around them right.
struct MessageStructure: InputStructure {
  func mutated(_ input: [UInt8], _ random: inout Randomness, capacity: Int) -> [UInt8]? {
    Self.changed(input[...], &random, room: max(1, capacity - input.count), depth: 0)
  }

  /// A field: its key, and what follows it without a length.
  private struct Field {
    var key: [UInt8]
    var wireType: UInt8
    var content: [UInt8]

    var bytes: [UInt8] {
      key + (wireType == 2 ? MessageSeeds.varint(UInt64(content.count)) : []) + content
    }
  }

  /// A message with one change, in it or in a message inside; nil if the bytes are no message.
  private static func changed(
    _ message: ArraySlice<UInt8>, _ random: inout Randomness, room: Int, depth: Int
  ) -> [UInt8]? {
    guard var fields = fields(of: message), !fields.isEmpty else { return nil }
    let index = random.below(fields.count)
    if fields[index].wireType == 2, depth < 8, random.below(4) > 0,
      let inner = changed(fields[index].content[...], &random, room: room, depth: depth + 1)
    {
      fields[index].content = inner
      return Array(fields.map(\.bytes).joined())
    }
    switch random.below(9) {
    case 0: fields.remove(at: index)
    case 1: fields.swapAt(index, random.below(fields.count))
    case 2: fields.insert(fields[random.below(fields.count)], at: index)
    case 3:
      let run = fields[index..<min(fields.count, index + 1 + random.below(3))]
      let count = random.repetitions(
        of: run.reduce(0) { $0 + $1.bytes.count }, capacity: room)
      fields.insert(contentsOf: repeatElement(run, count: count).joined(), at: index)
    case 4: fields[index] = field(number: 1 + random.below(26), &random, room: room)
    case 5: fields.insert(field(number: 1 + random.below(26), &random, room: room), at: index)
    case 6:
      // A length that is wrong.
      let wrong = fields[index].key + MessageSeeds.varint(edge(&random))
      return Array(fields[..<index].map(\.bytes).joined()) + wrong + fields[index].content
        + Array(fields[(index + 1)...].map(\.bytes).joined())
    default: change(&fields[index], &random, room: room)
    }
    return Array(fields.map(\.bytes).joined())
  }

  private static func change(_ field: inout Field, _ random: inout Randomness, room: Int) {
    switch field.wireType {
    case 0: field.content = MessageSeeds.varint(edge(&random))
    case 2 where random.below(2) == 0: field.content += random.piece(capacity: room)
    default:
      guard !field.content.isEmpty else { return }
      field.content[random.below(field.content.count)] = UInt8(random.below(256))
    }
  }

  private static func field(
    number: Int, _ random: inout Randomness, room: Int
  ) -> Field {
    let wireType: UInt8 = [0, 2, 2, 5, 1][random.below(5)]
    let content: [UInt8] =
      switch wireType {
      case 0: MessageSeeds.varint(edge(&random))
      case 1: [UInt8](repeating: 0, count: 8)
      case 5: [UInt8](repeating: 0x40, count: 4)
      default: random.piece(capacity: min(room, 1 << 12))
      }
    return Field(
      key: MessageSeeds.varint(UInt64(number) << 3 | UInt64(wireType)), wireType: wireType,
      content: content)
  }

  /// A number at the edge of something.
  private static func edge(_ random: inout Randomness) -> UInt64 {
    let values: [UInt64] = [
      0, 1, 2, 7, 8, 9, 10, 16, 127, 128, 255, 256, 1 << 16, 1 << 31, 1 << 32, 1 << 53, 1 << 61,
      1 << 62, 1 << 63, .max, .max - 1,
    ]
    return values[random.below(values.count)]
  }

  private static func fields(of message: ArraySlice<UInt8>) -> [Field]? {
    var fields: [Field] = []
    var rest = message
    while !rest.isEmpty {
      let start = rest
      guard let key = varint(&rest), key >> 3 > 0, key >> 3 < 64 else { return nil }
      let keyBytes = Array(start.prefix(start.count - rest.count))
      let count: UInt64
      switch key & 7 {
      case 0:
        let number = rest
        guard varint(&rest) != nil else { return nil }
        let content = Array(number.prefix(number.count - rest.count))
        fields.append(Field(key: keyBytes, wireType: 0, content: content))
        continue
      case 1: count = 8
      case 5: count = 4
      case 2:
        guard let length = varint(&rest) else { return nil }
        count = length
      default: return nil
      }
      guard count <= UInt64(rest.count) else { return nil }
      fields.append(
        Field(key: keyBytes, wireType: UInt8(key & 7), content: Array(rest.prefix(Int(count)))))
      rest = rest.dropFirst(Int(count))
    }
    return fields
  }

  private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      guard let byte = bytes.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    return nil
  }
}
