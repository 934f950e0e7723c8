import Glibc

/// Elements that are stored in a file, at any alignment and with any strides; read when they are
/// needed.
package struct StoredTensorSource: TensorSource {
  /// The most dimensions of a tensor.
  package static let rankLimit = 32
  private static let repeatedElementLimit = 1 << 22

  package let elementType: ElementType
  /// The number of elements.
  package let count: Int
  private let file: InputFile
  private let isBigEndian: Bool
  /// Where the first element starts.
  private let byteOffset: Int
  /// Bytes from the start of the first element to the end of the last.
  private let extentByteCount: Int
  /// The traversal in row-major order, innermost dimension first, with as few dimensions as the
  /// strides allow: none for one element, one of stride 1 if the elements are contiguous.
  private let dimensions: [Dimension]

  private struct Dimension {
    var size: Int
    /// In elements.
    var stride: Int
  }

  /// Elements inside a part of a file.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - storage: The byte range that contains all elements.
  ///   - elementType: The stored type.
  ///   - elementOffset: Elements from the start of the storage to the first one.
  ///   - shape: The size of every dimension, outermost first.
  ///   - elementStrides: Elements from one index to the next in every dimension, not negative, may
  ///     be zero; nil for row-major.
  ///   - isBigEndian: Whether the bytes of every element are stored in reverse.
  /// - Throws: `badData` if shape or strides overflow or leave the storage, `unsupported` for too
  ///   many dimensions or repeated elements.
  package init(
    file: InputFile, storage: Range<Int>, elementType: ElementType, elementOffset: Int = 0,
    shape: [Int], elementStrides: [Int]? = nil, isBigEndian: Bool = false
  ) throws(RepVGGError) {
    guard storage.lowerBound >= 0, storage.upperBound <= file.byteCount else {
      throw RepVGGError(.badData, "its bytes \(storage) leave the file", file: file.path)
    }
    let count = try Self.elementCount(of: shape, file: file.path)
    guard count <= Self.elementLimit(in: file) else { throw Self.repeats(shape, in: file) }
    let strides = elementStrides ?? Self.rowMajorStrides(of: shape)
    let extent = try Self.extent(of: shape, strides: strides, count: count, in: file)
    let (end, overflow) = elementOffset.addingReportingOverflow(extent)
    guard elementType.byteCount > 0 else { throw Self.withoutType }
    guard elementOffset >= 0, !overflow, end <= storage.count / elementType.byteCount else {
      throw RepVGGError(
        .badData,
        "\(extent) elements at offset \(elementOffset) leave its storage of \(storage.count) bytes",
        file: file.path)
    }
    self.file = file
    self.isBigEndian = isBigEndian && elementType.byteCount > 1
    self.elementType = elementType
    self.count = count
    self.byteOffset = storage.lowerBound + elementOffset * elementType.byteCount
    self.extentByteCount = extent * elementType.byteCount
    self.dimensions = count == 0 ? [] : Self.merged(shape: shape, strides: strides)
  }

  package func floats(count: Int) throws(RepVGGError) -> [Float] {
    switch elementType {
    case .float32: try stored(UInt32.self, as: Float.self) { Float(bitPattern: $0) }
    case .float16: try converted(UInt16.self) { Float(float16Bits: $0) }
    case .bfloat16: try converted(UInt16.self) { Float(bfloat16Bits: $0) }
    case .float64: try converted(UInt64.self) { Float(Double(bitPattern: $0)) }
    case .int8: try converted(Int8.self) { Float($0) }
    case .uint8: try converted(UInt8.self) { Float($0) }
    case .int16: try converted(Int16.self) { Float($0) }
    case .int32: try converted(Int32.self) { Float($0) }
    case .int64: try converted(Int64.self) { Float($0) }
    case .uint16: try converted(UInt16.self) { Float($0) }
    case .uint32: try converted(UInt32.self) { Float($0) }
    case .uint64: try converted(UInt64.self) { Float($0) }
    case .bool: try converted(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .float8E4M3: try converted(UInt8.self) { Float(float8E4M3Bits: $0) }
    case .float8E5M2: try converted(UInt8.self) { Float(float8E5M2Bits: $0) }
    case .unsupported: throw Self.withoutType
    }
  }

  package func doubles(count: Int) throws(RepVGGError) -> [Double] {
    switch elementType {
    case .float64: try stored(UInt64.self, as: Double.self) { Double(bitPattern: $0) }
    case .float32: try converted(UInt32.self) { Double(Float(bitPattern: $0)) }
    case .float16: try converted(UInt16.self) { Double(Float(float16Bits: $0)) }
    case .bfloat16: try converted(UInt16.self) { Double(Float(bfloat16Bits: $0)) }
    case .int8: try converted(Int8.self) { Double($0) }
    case .uint8: try converted(UInt8.self) { Double($0) }
    case .int16: try converted(Int16.self) { Double($0) }
    case .int32: try converted(Int32.self) { Double($0) }
    case .int64: try converted(Int64.self) { Double($0) }
    case .uint16: try converted(UInt16.self) { Double($0) }
    case .uint32: try converted(UInt32.self) { Double($0) }
    case .uint64: try converted(UInt64.self) { Double($0) }
    case .bool: try converted(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .float8E4M3: try converted(UInt8.self) { Double(Float(float8E4M3Bits: $0)) }
    case .float8E5M2: try converted(UInt8.self) { Double(Float(float8E5M2Bits: $0)) }
    case .unsupported: throw Self.withoutType
    }
  }

  package func integers(count: Int) throws(RepVGGError) -> [Int64] {
    switch elementType {
    case .int8: try converted(Int8.self) { Int64($0) }
    case .uint8: try converted(UInt8.self) { Int64($0) }
    case .int16: try converted(Int16.self) { Int64($0) }
    case .int32: try converted(Int32.self) { Int64($0) }
    case .int64: try stored(UInt64.self, as: Int64.self) { Int64(bitPattern: $0) }
    case .uint16: try converted(UInt16.self) { Int64($0) }
    case .uint32: try converted(UInt32.self) { Int64($0) }
    case .uint64: try integersFromUInt64()
    case .bool: try converted(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .float16, .bfloat16, .float32, .float64, .float8E4M3, .float8E5M2, .unsupported:
      throw RepVGGError(.unsupported, "elements of \(elementType) are not integers")
    }
  }

  private func integersFromUInt64() throws(RepVGGError) -> [Int64] {
    let integers = try stored(UInt64.self, as: UInt64.self) { $0 }
    return try integers.map { value throws(RepVGGError) in
      guard let integer = Int64(exactly: value) else {
        throw RepVGGError(.unsupported, "\(value) is too large for a signed integer of 64 bits")
      }
      return integer
    }
  }

  package func stored() throws(RepVGGError) -> StoredTensorSource? { self }

  private static var withoutType: RepVGGError {
    RepVGGError(.internalInconsistency, "has elements of no type")
  }

  /// The stored elements in row-major order, little-endian, valid during the call.
  package func withRowMajorBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws(RepVGGError) -> Result
  ) throws(RepVGGError) -> Result {
    switch elementType.byteCount {
    case 1: try bytes().withBytes(body)
    case 2: try stored(UInt16.self, as: UInt16.self) { $0 }.withBytes(body)
    case 4: try stored(UInt32.self, as: UInt32.self) { $0 }.withBytes(body)
    default: try stored(UInt64.self, as: UInt64.self) { $0 }.withBytes(body)
    }
  }

  /// The stored bytes of elements of one byte, in row-major order.
  package func bytes() throws(RepVGGError) -> [UInt8] {
    try stored(UInt8.self, as: UInt8.self) { $0 }
  }

  package func slice(_ range: Range<Int>) -> (any TensorSource)? {
    guard isContiguous, range.lowerBound >= 0, range.upperBound <= count else { return nil }
    let start = byteOffset + range.lowerBound * elementType.byteCount
    return try? StoredTensorSource(
      file: file, storage: start..<start + range.count * elementType.byteCount,
      elementType: elementType, shape: [range.count], isBigEndian: isBigEndian)
  }
}

// MARK: - Reading

extension StoredTensorSource {
  /// Elements that are read at a time when they are converted.
  private static let chunkElementCount = 1 << 14
  /// The largest ratio of a tensor's extent to its elements with which the extent is read at once.
  private static let sparseness = 8

  private var isContiguous: Bool {
    dimensions.isEmpty || (dimensions.count == 1 && dimensions[0].stride == 1)
  }

  /// Reads the stored elements into their place if there is nothing between them.
  private func stored<Stored: FixedWidthInteger & BitwiseCopyable, Element: BitwiseCopyable>(
    _ type: Stored.Type, as element: Element.Type, _ convert: (Stored) -> Element
  ) throws(RepVGGError) -> [Element] {
    guard isContiguous, !isBigEndian else { return try converted(type, convert) }
    let elements = try [Element](count: count) { target throws(RepVGGError) in
      try file.read(at: byteOffset, into: UnsafeMutableRawBufferPointer(target))
    }
    try file.checkUnchanged()
    return elements
  }

  /// The converted elements; the size of the stored ones must be that of the element type.
  @inline(__always)
  private func converted<Stored: FixedWidthInteger & BitwiseCopyable, Element: BitwiseCopyable>(
    _ type: Stored.Type, _ convert: (Stored) -> Element
  ) throws(RepVGGError) -> [Element] {
    let byteStride = MemoryLayout<Stored>.stride
    // A tensor that is spread over a large part of the file is read run by run, any other at once.
    let isSparse = extentByteCount / Self.sparseness / byteStride > count
    let extent =
      isContiguous || isSparse ? nil : try file.bytes(at: byteOffset, count: extentByteCount)
    var chunk = [Stored](
      repeating: 0, count: extent == nil ? min(count, Self.chunkElementCount) : 0)
    let elements = try [Element](count: count) { target throws(RepVGGError) in
      try forEachRun { run throws(RepVGGError) in
        var done = 0
        while done < run.count {
          let source = run.source + done * run.stride * byteStride
          if let extent {
            extent.withUnsafeBytes { bytes in
              for index in 0..<run.count {
                let value = bytes.loadUnaligned(
                  fromByteOffset: source &+ index &* run.stride &* byteStride, as: Stored.self)
                target[run.target + index] = convert(isBigEndian ? value.byteSwapped : value)
              }
            }
            done = run.count
          } else {
            let length = run.stride == 1 ? min(run.count - done, chunk.count) : 1
            try chunk.withMutableBytes(length) { bytes throws(RepVGGError) in
              try file.read(at: byteOffset + source, into: bytes)
            }
            for index in 0..<length {
              let value = chunk[index]
              target[run.target + done + index] = convert(
                isBigEndian ? value.byteSwapped : value)
            }
            done += length
          }
        }
      }
    }
    try file.checkUnchanged()
    return elements
  }

  /// Elements at equal distances.
  private struct Run {
    /// Bytes from the first element of the tensor.
    var source: Int
    /// Elements before the first one in row-major order.
    var target: Int
    var count: Int
    /// In elements.
    var stride: Int
  }

  /// Traverses all elements in row-major order.
  @inline(__always)
  private func forEachRun(
    _ body: (Run) throws(RepVGGError) -> Void
  ) throws(RepVGGError) {
    guard count > 0 else { return }
    let inner = dimensions.first ?? Dimension(size: 1, stride: 1)
    let outer = dimensions.dropFirst()
    var indices = [Int](repeating: 0, count: outer.count)
    var run = Run(source: 0, target: 0, count: inner.size, stride: inner.stride)
    while true {
      try body(run)
      run.target += inner.size
      if run.target >= count { return }
      // Increments the outer indices, innermost first, and advances the source. Nothing can
      // overflow, because all elements were found to be in the file.
      for (position, dimension) in outer.enumerated() {
        indices[position] += 1
        run.source += dimension.stride * elementType.byteCount
        if indices[position] < dimension.size { break }
        run.source -= dimension.size * dimension.stride * elementType.byteCount
        indices[position] = 0
      }
    }
  }
}

// MARK: - Checks

extension StoredTensorSource {
  /// The product of the dimensions, checked.
  static func elementCount(of shape: [Int], file: String?) throws(RepVGGError) -> Int {
    guard shape.count <= rankLimit else {
      throw RepVGGError(
        .unsupported, "has \(shape.count) dimensions, more than \(rankLimit)", file: file)
    }
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      // Every element takes 8 bytes as a Float64.
      guard size >= 0, !overflow, product <= Int.max / 8 else {
        throw RepVGGError(.badData, "its shape \(shape) is impossible", file: file)
      }
      count = product
    }
    return count
  }

  /// The most elements that all tensors of a file may have together.
  ///
  /// If tensors have more elements than their file has bytes, they repeat themselves or each other
  /// through strides and shared storages. A few are still expanded; more would let a small file
  /// exhaust memory or disk.
  static func elementLimit(in file: InputFile) -> Int { file.byteCount + repeatedElementLimit }

  /// The error for more elements than that.
  static func repeats(_ shape: [Int], in file: InputFile) -> RepVGGError {
    RepVGGError(
      .unsupported,
      "its shape \(shape) repeats elements: the tensors of this file of \(file.byteCount) bytes"
        + " would have more than \(elementLimit(in: file)); save it as tensor.contiguous()",
      file: file.path)
  }

  /// Elements from the first one to the end of the last one, checked.
  private static func extent(
    of shape: [Int], strides: [Int], count: Int, in file: InputFile
  ) throws(RepVGGError) -> Int {
    guard strides.count == shape.count, strides.allSatisfy({ $0 >= 0 }) else {
      throw RepVGGError(
        .badData, "its strides \(strides) do not fit its shape \(shape)", file: file.path)
    }
    guard count > 0 else { return 0 }
    var last = 0
    for (size, stride) in zip(shape, strides) {
      let (distance, multiplyOverflow) = (size - 1).multipliedReportingOverflow(by: stride)
      let (sum, addOverflow) = last.addingReportingOverflow(distance)
      guard !multiplyOverflow, !addOverflow, sum < Int.max / 8 else {
        throw RepVGGError(
          .badData, "its shape \(shape) and strides \(strides) are impossible", file: file.path)
      }
      last = sum
    }
    return last + 1
  }

  private static func rowMajorStrides(of shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for index in shape.indices.dropLast().reversed() {
      // Wraps only for impossible shapes, which are refused or empty.
      strides[index] = max(0, strides[index + 1] &* shape[index + 1])
    }
    return strides
  }

  /// Drops dimensions of one element and joins those that are contiguous in memory.
  private static func merged(shape: [Int], strides: [Int]) -> [Dimension] {
    var merged: [Dimension] = []
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      if let inner = merged.last, inner.size * inner.stride == stride {
        merged[merged.count - 1].size *= size
      } else {
        merged.append(Dimension(size: size, stride: stride))
      }
    }
    return merged
  }
}
