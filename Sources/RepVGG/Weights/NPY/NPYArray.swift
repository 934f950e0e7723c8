/// An array of an NPY file, NumPy's own format: for images, activations and logits.
public struct NPYArray: Sendable {
  /// Shape and elements; always row-major, whatever the order in the file.
  public let tensor: Tensor

  /// An array for writing, with a tensor's elements.
  public init(_ tensor: Tensor) { self.tensor = tensor }

  /// The size of every dimension, outermost first.
  public var shape: [Int] { tensor.shape }

  /// The type of the stored elements.
  public var elementType: ElementType { tensor.elementType }

  /// All elements as Float32, row-major.
  ///
  /// - Throws: `inputOutput` if the file cannot be read or has been changed since it was opened.
  public func floats() throws(RepVGGError) -> [Float] { try tensor.floats() }

  /// All elements as stored, row-major; nil if they are not 8-bit unsigned integers.
  ///
  /// - Throws: `inputOutput` if the file cannot be read or has been changed since it was opened.
  public func uint8s() throws(RepVGGError) -> [UInt8]? {
    guard elementType == .uint8 else { return nil }
    if let stored = tensor.source as? StoredTensorSource { return try stored.bytes() }
    return try tensor.doubles().map { UInt8(exactly: $0) ?? 0 }
  }

  /// Parses a file that is already open.
  ///
  /// - Throws: `badData` if header and size contradict each other, `unsupported` for element types
  ///   and versions that the library does not support.
  package init(parsing file: InputFile) throws(RepVGGError) {
    do throws(RepVGGError) {
      let prefix = try file.bytes(
        at: 0, count: min(file.byteCount, NPYHeader.versionedMagicByteCount))
      let lengthByteCount = try NPYHeader.lengthByteCount(of: prefix)
      let textStart = prefix.count + lengthByteCount
      let textByteCount = try NPYHeader.textByteCount(
        file.bytes(at: prefix.count, count: lengthByteCount))
      let header = try NPYHeader(parsing: file.bytes(at: textStart, count: textByteCount))
      try self.init(header, file: file, dataStart: textStart + textByteCount)
    } catch {
      throw error.inFile(file.path)
    }
  }

  private init(_ header: NPYHeader, file: InputFile, dataStart: Int) throws(RepVGGError) {
    let storage = dataStart..<file.byteCount
    // As far as it can be computed; what cannot is refused together with the strides.
    let expected = header.shape.reduce(header.elementType.byteCount) { count, size in
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      return overflow || count == Int.max ? Int.max : product
    }
    guard expected == storage.count || expected == Int.max else {
      throw RepVGGError(
        .badData,
        "shape \(header.shape) of \(header.elementType) takes \(expected) bytes, the file holds "
          + "\(storage.count): "
          + (storage.count < expected ? "it is cut short" : "something follows the array"))
    }
    let source = try StoredTensorSource(
      file: file, storage: storage, elementType: header.elementType, shape: header.shape,
      elementStrides: header.isFortranOrder ? Self.columnMajorStrides(of: header.shape) : nil,
      isBigEndian: header.isBigEndian)
    guard source.count * header.elementType.byteCount == storage.count else {
      throw RepVGGError(.badData, "shape \(header.shape) does not fit the file's size")
    }
    self.tensor = Tensor(shape: header.shape, source: source)
  }

  private static func columnMajorStrides(of shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for index in shape.indices.dropFirst() {
      // Wraps only for impossible shapes, which are refused or empty.
      strides[index] = max(0, strides[index - 1] &* shape[index - 1])
    }
    return strides
  }
}
