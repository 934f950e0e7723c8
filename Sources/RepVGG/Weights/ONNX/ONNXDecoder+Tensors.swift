extension ONNXDecoder {
  /// A tensor, whose elements stay in the file or in that of its external data.
  mutating func tensor(_ range: Range<Int>) throws(RepVGGError) -> Tensor {
    var found = FoundTensor()
    do throws(RepVGGError) {
      var message = ONNXMessage(range)
      while let field = try reader.field(of: &message) { try read(field, into: &found) }
      return try tensor(found, in: range)
    } catch {
      throw found.name.isEmpty ? error : error.inTensor(found.name)
    }
  }

  private mutating func read(
    _ field: ONNXField, into found: inout FoundTensor
  ) throws(RepVGGError) {
    switch field.number {
    case ONNXFields.Tensor.dimensions:
      try reader.numbers(of: field, .varint) { number throws(RepVGGError) in
        guard found.shape.count < StoredTensorSource.rankLimit else {
          throw RepVGGError(
            .unsupported, "has more than \(StoredTensorSource.rankLimit) dimensions")
        }
        found.shape.append(Int(bitPattern: UInt(number)))
      }
    case ONNXFields.Tensor.elementType: found.code = try field.integer
    case ONNXFields.Tensor.name: found.name = try text(field)
    case ONNXFields.Tensor.segment:
      throw RepVGGError(.unsupported, "is stored in segments; save the model anew with onnx.save")
    case ONNXFields.Tensor.raw:
      guard found.raw.isEmpty else { throw RepVGGError(.badData, "has its raw_data twice") }
      found.raw = try field.bytes
    case ONNXFields.Tensor.floats, ONNXFields.Tensor.doubles, ONNXFields.Tensor.int32s,
      ONNXFields.Tensor.int64s, ONNXFields.Tensor.uint64s:
      // Some writers set fields to nothing.
      if case .bytes(let range) = field.value, range.isEmpty { break }
      found.lists.append(field)
    case ONNXFields.Tensor.strings: found.hasStrings = true
    case ONNXFields.Tensor.externalData:
      try checkCount(found.external.count, "entries of external data")
      found.external.append(try entry(field.bytes))
    case ONNXFields.Tensor.location:
      let location = try field.integer
      guard location == 0 || location == 1 else {
        throw RepVGGError(.unsupported, "its data_location \(location) is unknown")
      }
      found.isExternal = location == 1
    default: break
    }
  }

  private mutating func tensor(
    _ found: FoundTensor, in range: Range<Int>
  ) throws(RepVGGError) -> Tensor {
    guard found.code != 0 else { throw RepVGGError(.badData, "has no element type") }
    let elementType = ElementType(onnxCode: found.code)
    let count = try StoredTensorSource.elementCount(of: found.shape, file: file.path)
    guard let list = ONNXNumberList(of: elementType) else {
      let reason = "elements of type \(ElementType.onnxName(found.code)) are not supported"
      var tensor = try Tensor.unreadable(
        found.name, shape: found.shape, RepVGGError(.unsupported, reason, file: file.path))
      tensor.name = found.name
      return tensor
    }
    guard [found.isExternal, !found.raw.isEmpty, !found.lists.isEmpty].count(where: \.self) <= 1
    else {
      throw RepVGGError(.badData, "has its elements twice: as raw_data, numbers or external data")
    }
    guard !found.hasStrings else {
      throw RepVGGError(.badData, "has its elements of \(elementType) as strings")
    }
    let source: any TensorSource
    if found.isExternal {
      source = try externalFiles.source(
        found.external, elementType: elementType, shape: found.shape, count: count)
    } else if found.lists.isEmpty {
      try checkCount(
        count, of: found.shape, elementType, byteCount: found.raw.count)
      source = try StoredTensorSource(
        file: file, storage: found.raw, elementType: elementType, shape: found.shape)
    } else {
      source = try typedSource(found, list: list, elementType: elementType, count: count, in: range)
    }
    return Tensor(shape: found.shape, source: source, name: found.name)
  }

  /// The source of elements that are stored as lists of numbers.
  private mutating func typedSource(
    _ found: FoundTensor, list: ONNXNumberList, elementType: ElementType, count: Int,
    in message: Range<Int>
  ) throws(RepVGGError) -> any TensorSource {
    var stored = 0
    for field in found.lists {
      guard field.number == list.field else {
        throw RepVGGError(.badData, "has its elements of \(elementType) in field \(field.number)")
      }
      stored += try reader.count(of: field, list.format)
    }
    guard stored == count else {
      throw RepVGGError(
        .badData, "has \(stored) elements, its shape \(found.shape) says \(count)")
    }
    // Numbers of fixed size in one list are bytes like any others.
    if found.lists.count == 1, list.format.byteCount != nil,
      case .bytes(let range) = found.lists[0].value
    {
      return try StoredTensorSource(
        file: file, storage: range, elementType: elementType, shape: found.shape)
    }
    return ONNXTypedData(
      file: file, message: message, list: list, elementType: elementType, count: count)
  }

  private func checkCount(
    _ count: Int, of shape: [Int], _ elementType: ElementType, byteCount: Int
  ) throws(RepVGGError) {
    // The number of elements is at most an eighth of the largest integer.
    guard count * elementType.byteCount == byteCount else {
      throw RepVGGError(
        .badData,
        "shape \(shape) of \(elementType) takes \(count * elementType.byteCount) bytes, its raw_data"
          + " holds \(byteCount)")
    }
  }
}

/// The fields of a tensor's message that were found; files are not bound to their order.
private struct FoundTensor {
  var name = ""
  var shape: [Int] = []
  /// The element type as the file states it; 0 is none.
  var code: Int64 = 0
  var raw = 0..<0
  /// The fields that hold elements as numbers.
  var lists: [ONNXField] = []
  var hasStrings = false
  var isExternal = false
  var external: [ONNXMetadata] = []
}
