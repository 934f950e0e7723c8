extension ONNXDecoder {
  /// An input or output of the graph.
  mutating func value(_ range: Range<Int>, _ part: String) throws(RepVGGError) -> ONNXValue {
    var value = ONNXValue(name: "", elementType: .unsupported, dimensions: nil)
    do throws(RepVGGError) {
      var message = ONNXMessage(range)
      while let field = try reader.field(of: &message) {
        switch field.number {
        case ONNXFields.Value.name: value.name = try text(field)
        case ONNXFields.Value.type: try readType(field.bytes, into: &value)
        default: break
        }
      }
      guard !value.name.isEmpty else { throw RepVGGError(.badData, "has no name") }
    } catch {
      throw error.inONNX(part + (value.name.isEmpty ? "" : " '\(value.name.printable)'"))
    }
    return value
  }

  private mutating func readType(
    _ range: Range<Int>, into value: inout ONNXValue
  ) throws(RepVGGError) {
    var type = ONNXMessage(range)
    while let field = try reader.field(of: &type) {
      // Sequences, maps and optional values have other fields and stay unsupported.
      guard field.number == ONNXFields.Value.tensorType else { continue }
      var tensor = ONNXMessage(try field.bytes)
      while let field = try reader.field(of: &tensor) {
        switch field.number {
        case ONNXFields.Value.elementType:
          value.elementType = ElementType(onnxCode: try field.integer)
        case ONNXFields.Value.shape: value.dimensions = try dimensions(field.bytes)
        default: break
        }
      }
    }
  }

  private mutating func dimensions(_ range: Range<Int>) throws(RepVGGError) -> [Dimension] {
    var dimensions: [Dimension] = []
    var shape = ONNXMessage(range)
    while let field = try reader.field(of: &shape) {
      guard field.number == ONNXFields.Value.dimension else { continue }
      guard dimensions.count < StoredTensorSource.rankLimit else {
        throw RepVGGError(
          .unsupported, "has more than \(StoredTensorSource.rankLimit) dimensions")
      }
      dimensions.append(try dimension(field.bytes))
    }
    return dimensions
  }

  private mutating func dimension(_ range: Range<Int>) throws(RepVGGError) -> Dimension {
    var dimension = Dimension.unknown
    var message = ONNXMessage(range)
    while let field = try reader.field(of: &message) {
      switch field.number {
      case ONNXFields.Value.size:
        // Some exporters write 0 or -1 for a size that they do not know.
        let size = Int(try field.integer)
        dimension = size > 0 ? .fixed(size) : .unknown
      case ONNXFields.Value.symbol:
        let symbol = try text(field)
        dimension = symbol.isEmpty ? .unknown : .symbol(symbol)
      default: break
      }
    }
    return dimension
  }
}
