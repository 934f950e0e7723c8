extension ONNXDecoder {
  /// An attribute of a node.
  mutating func attribute(_ range: Range<Int>, index: Int) throws(RepVGGError) -> ONNXAttribute {
    var found = FoundAttribute()
    do throws(RepVGGError) {
      var message = ONNXMessage(range)
      while let field = try reader.field(of: &message) { try read(field, into: &found) }
      guard !found.name.isEmpty else { throw RepVGGError(.badData, "has no name") }
      return ONNXAttribute(found.name, try found.value)
    } catch {
      let name = found.name.isEmpty ? String(index) : "'\(found.name.printable)'"
      throw error.inONNX("attribute \(name)")
    }
  }

  private mutating func read(
    _ field: ONNXField, into found: inout FoundAttribute
  ) throws(RepVGGError) {
    switch field.number {
    case ONNXFields.Attribute.name: found.name = try text(field)
    case ONNXFields.Attribute.type:
      let code = try field.integer
      // The oldest files do not say it.
      guard code != 0 else { break }
      guard let kind = ONNXAttributeKind(rawValue: Int(code)) else {
        throw RepVGGError(.unsupported, "attributes of type \(code) are unknown")
      }
      found.kind = kind
    case ONNXFields.Attribute.reference where try !field.bytes.isEmpty:
      throw RepVGGError(.badData, "refers to an attribute of a function, but is in none")
    default:
      guard let kind = ONNXAttributeKind(field: field.number) else { break }
      found.fields.insert(kind)
      switch kind {
      case .float: found.float = try field.float
      case .int: found.int = try field.integer
      case .string: found.string = try content(field)
      case .tensor: found.tensor = try tensor(field.bytes)
      case .floats:
        try reader.numbers(of: field, .fixed32) {
          found.floats.append(Float(bitPattern: UInt32($0)))
        }
      case .ints:
        try reader.numbers(of: field, .varint) { found.ints.append(Int64(bitPattern: $0)) }
      case .strings:
        try checkCount(found.strings.count, "strings")
        found.strings.append(try content(field))
      default: break
      }
    }
  }

  /// A string, which may be any bytes; nil if it is not a text.
  private func content(_ field: ONNXField) throws(RepVGGError) -> String? {
    let bytes = try reader.bytes(field.bytes)
    guard let text = String(validating: bytes, as: UTF8.self), text.isStreamSafe else { return nil }
    return text
  }
}

/// The fields of an attribute that were found; files are not bound to their order.
private struct FoundAttribute {
  var name = ""
  /// What the file says it is; nil if it does not.
  var kind: ONNXAttributeKind?
  /// The kinds whose fields are there.
  var fields: Set<ONNXAttributeKind> = []
  var float: Float = 0
  var int: Int64 = 0
  var string: String? = ""
  var tensor: Tensor?
  var floats: [Float] = []
  var ints: [Int64] = []
  var strings: [String?] = []

  /// The value of the one kind that the attribute has.
  var value: ONNXAttribute.Value {
    get throws(RepVGGError) {
      guard let kind = kind ?? fields.first else {
        throw RepVGGError(.badData, "has neither type nor value")
      }
      guard fields.subtracting([kind]).isEmpty else {
        throw RepVGGError(.badData, "has values of several types")
      }
      switch kind {
      // A number that is not there is 0.
      case .float: return .float(float)
      case .int: return .int(int)
      case .string: return string.map { .string($0) } ?? .other
      case .tensor:
        guard let tensor else { throw RepVGGError(.badData, "has no tensor") }
        return .tensor(tensor)
      case .floats: return .floats(floats)
      case .ints: return .ints(ints)
      case .strings:
        let texts = strings.compactMap { $0 }
        return texts.count == strings.count ? .strings(texts) : .other
      case .graph, .tensors, .graphs, .sparseTensor, .sparseTensors, .typeProto, .typeProtos:
        return .other
      }
    }
  }
}
