extension TorchTensor {
  /// The tensor over its elements in the file, given its storage and where that lies in the file.
  ///
  /// - Throws: `unsupported` for element types that the library lacks, `badData` where storage or
  ///   tensor are larger than the bytes.
  func tensor(
    in file: InputFile, storage: TorchStorage, bytes: Range<Int>
  ) throws(RepVGGError) -> Tensor {
    let elementType: ElementType
    switch type ?? storage.type {
    case .typed(let type): elementType = type
    case .untyped: elementType = .uint8
    case .unsupported(let name):
      throw RepVGGError(.unsupported, "elements of \(name) are not supported")
    }
    if type != nil, case .typed(let stored) = storage.type, stored != elementType {
      throw RepVGGError(.badData, "is of \(elementType) in a storage of \(stored)")
    }
    let range = try storage.byteRange(in: bytes)
    let source = try StoredTensorSource(
      file: file, storage: range, elementType: elementType, elementOffset: offset, shape: shape,
      elementStrides: strides)
    return Tensor(shape: shape, source: source)
  }
}

extension TorchStorage {
  /// The bytes that tensors may use: of a view, only its own.
  fileprivate func byteRange(in bytes: Range<Int>) throws(RepVGGError) -> Range<Int> {
    guard let elementByteCount = type.elementByteCount,
      count <= bytes.count / elementByteCount
    else {
      throw RepVGGError(
        .badData,
        "its storage '\(key.printable)' of \(count) elements is larger than its \(bytes.count) bytes"
      )
    }
    // Views were checked against the number of elements when they were read.
    let start = bytes.lowerBound + viewOffset * elementByteCount
    return start..<start + (viewCount ?? count) * elementByteCount
  }
}
