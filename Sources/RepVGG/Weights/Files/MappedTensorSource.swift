import Glibc

/// Elements that lie in a mapped file, little-endian, at any alignment and with any strides.
package struct MappedTensorSource: TensorSource {
  /// The most dimensions that a tensor may have.
  package static let rankLimit = 32
  /// A tensor with more elements than its file has bytes repeats itself through its strides; so
  /// many elements are still expanded, more would be a way to exhaust the memory.
  static let repeatedElementLimit = 1 << 24

  package let elementType: ElementType
  /// The number of elements.
  package let count: Int
  private let file: MappedFile
  /// Where the first element starts.
  private let byteOffset: Int
  /// Bytes from the start of the first element to the end of the last.
  private let extentByteCount: Int
  /// The walk in row-major order, innermost dimension first, with as few dimensions as the
  /// strides allow: none for one element, one of stride 1 where the elements are contiguous.
  private let dimensions: [Dimension]

  private struct Dimension {
    var size: Int
    /// In elements.
    var stride: Int
  }

  /// Elements inside a part of a file.
  ///
  /// - Parameters:
  ///   - file: The mapped file.
  ///   - storage: The byte range that the elements may not leave.
  ///   - elementType: The type that is stored.
  ///   - elementOffset: Elements from the start of the storage to the first one.
  ///   - shape: The size of every dimension, outermost first.
  ///   - elementStrides: Elements from one index to the next in every dimension, not negative,
  ///     zero allowed; nil for row-major.
  /// - Throws: `badData` where shape or strides overflow or leave the storage, `unsupported` for
  ///   too many dimensions or repeated elements.
  package init(
    file: MappedFile, storage: Range<Int>, elementType: ElementType, elementOffset: Int = 0,
    shape: [Int], elementStrides: [Int]? = nil
  ) throws(RepVGGError) {
    guard storage.lowerBound >= 0, storage.upperBound <= file.byteCount else {
      throw RepVGGError(.badData, "its bytes \(storage) leave the file", file: file.path)
    }
    let count = try Self.elementCount(of: shape, in: file)
    let strides = elementStrides ?? Self.rowMajorStrides(of: shape)
    let extent = try Self.extent(of: shape, strides: strides, count: count, in: file)
    let (end, overflow) = elementOffset.addingReportingOverflow(extent)
    guard elementOffset >= 0, !overflow, end <= storage.count / elementType.byteCount else {
      throw RepVGGError(
        .badData,
        "\(extent) elements at offset \(elementOffset) leave its storage of \(storage.count) bytes",
        file: file.path)
    }
    self.file = file
    self.elementType = elementType
    self.count = count
    self.byteOffset = storage.lowerBound + elementOffset * elementType.byteCount
    self.extentByteCount = extent * elementType.byteCount
    self.dimensions = count == 0 ? [] : Self.merged(shape: shape, strides: strides)
  }

  package func floats(count: Int) -> [Float] {
    switch elementType {
    case .float32: stored(Float.self)
    case .float16: converted(UInt16.self) { Float(float16Bits: $0) }
    case .bfloat16: converted(UInt16.self) { Float(bfloat16Bits: $0) }
    case .float64: converted(Double.self) { Float($0) }
    case .int8: converted(Int8.self) { Float($0) }
    case .uint8: converted(UInt8.self) { Float($0) }
    case .int16: converted(Int16.self) { Float($0) }
    case .int32: converted(Int32.self) { Float($0) }
    case .int64: converted(Int64.self) { Float($0) }
    case .bool: converted(UInt8.self) { $0 == 0 ? 0 : 1 }
    }
  }

  package func doubles(count: Int) -> [Double] {
    switch elementType {
    case .float64: stored(Double.self)
    case .float32: converted(Float.self) { Double($0) }
    case .float16: converted(UInt16.self) { Double(Float(float16Bits: $0)) }
    case .bfloat16: converted(UInt16.self) { Double(Float(bfloat16Bits: $0)) }
    case .int8: converted(Int8.self) { Double($0) }
    case .uint8: converted(UInt8.self) { Double($0) }
    case .int16: converted(Int16.self) { Double($0) }
    case .int32: converted(Int32.self) { Double($0) }
    case .int64: converted(Int64.self) { Double($0) }
    case .bool: converted(UInt8.self) { $0 == 0 ? 0 : 1 }
    }
  }

  /// The stored bytes of all elements in row-major order, valid during the call.
  ///
  /// Contiguous elements are not copied.
  package func withRowMajorBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws(RepVGGError) -> Result
  ) throws(RepVGGError) -> Result {
    if isContiguous {
      return try file.withBytes { bytes throws(RepVGGError) in
        let range = byteOffset..<byteOffset + count * elementType.byteCount
        return try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
      }
    }
    switch elementType.byteCount {
    case 1: return try stored(UInt8.self).withBytes(body)
    case 2: return try stored(UInt16.self).withBytes(body)
    case 4: return try stored(UInt32.self).withBytes(body)
    default: return try stored(UInt64.self).withBytes(body)
    }
  }

  /// The stored bytes of elements of one byte, in row-major order.
  package func bytes() -> [UInt8] { stored(UInt8.self) }

  package func slice(_ range: Range<Int>) -> (any TensorSource)? {
    guard isContiguous, range.lowerBound >= 0, range.upperBound <= count else { return nil }
    let start = byteOffset + range.lowerBound * elementType.byteCount
    return try? MappedTensorSource(
      file: file, storage: start..<start + range.count * elementType.byteCount,
      elementType: elementType, shape: [range.count])
  }

  package func releasePages() { file.releasePages(at: byteOffset, count: extentByteCount) }
}

// MARK: - Reading

extension MappedTensorSource {
  private var isContiguous: Bool {
    dimensions.isEmpty || (dimensions.count == 1 && dimensions[0].stride == 1)
  }

  /// The elements as they are stored.
  private func stored<Element: BitwiseCopyable>(_ type: Element.Type) -> [Element] {
    guard isContiguous else { return converted(type) { $0 } }
    return file.withBytes { bytes in
      [Element](unsafeUninitializedCapacity: count) { buffer, initializedCount in
        if count > 0, let target = buffer.baseAddress, let source = bytes.baseAddress {
          memcpy(target, source + byteOffset, count * MemoryLayout<Element>.stride)
        }
        initializedCount = count
      }
    }
  }

  /// The elements converted from what is stored, whose size must be that of the element type.
  @inline(__always)
  private func converted<Stored: BitwiseCopyable, Element>(
    _ type: Stored.Type, _ convert: (Stored) -> Element
  ) -> [Element] {
    file.withBytes { bytes in
      [Element](unsafeUninitializedCapacity: count) { buffer, initializedCount in
        if count > 0, let target = buffer.baseAddress, let base = bytes.baseAddress {
          convertAll(from: base + byteOffset, to: target, convert)
        }
        initializedCount = count
      }
    }
  }

  /// Walks over all elements, of which there is at least one.
  @inline(__always)
  private func convertAll<Stored: BitwiseCopyable, Element>(
    from start: UnsafeRawPointer, to target: UnsafeMutablePointer<Element>,
    _ convert: (Stored) -> Element
  ) {
    let byteStride = MemoryLayout<Stored>.stride
    let inner = dimensions.first ?? Dimension(size: 1, stride: 1)
    let outer = dimensions.dropFirst()
    var indices = [Int](repeating: 0, count: outer.count)
    var source = start
    var row = target
    while true {
      // The wrapping products cannot overflow: all elements were found to lie in the file.
      if inner.stride == 1 {
        // A loop of its own, because a constant stride is faster.
        for index in 0..<inner.size {
          row[index] = convert(
            source.loadUnaligned(fromByteOffset: index &* byteStride, as: Stored.self))
        }
      } else {
        let innerByteStride = inner.stride &* byteStride
        for index in 0..<inner.size {
          row[index] = convert(
            source.loadUnaligned(fromByteOffset: index &* innerByteStride, as: Stored.self))
        }
      }
      row += inner.size
      if row - target >= count { return }
      // Counts the outer indices up, innermost first, and moves the source along.
      for (position, dimension) in outer.enumerated() {
        indices[position] += 1
        source += dimension.stride * byteStride
        if indices[position] < dimension.size { break }
        source -= dimension.size * dimension.stride * byteStride
        indices[position] = 0
      }
    }
  }
}

// MARK: - Checks

extension MappedTensorSource {
  /// The product of the dimensions, checked.
  private static func elementCount(
    of shape: [Int], in file: MappedFile
  ) throws(RepVGGError) -> Int {
    guard shape.count <= rankLimit else {
      throw RepVGGError(
        .unsupported, "has \(shape.count) dimensions, more than \(rankLimit)", file: file.path)
    }
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      // Every element takes 8 bytes as a Float64.
      guard size >= 0, !overflow, product <= Int.max / 8 else {
        throw RepVGGError(.badData, "its shape \(shape) is impossible", file: file.path)
      }
      count = product
    }
    guard count <= max(file.byteCount, repeatedElementLimit) else {
      throw RepVGGError(
        .unsupported,
        "its shape \(shape) repeats the elements of a file of \(file.byteCount) bytes",
        file: file.path)
    }
    return count
  }

  /// Elements from the first to behind the last one, checked.
  private static func extent(
    of shape: [Int], strides: [Int], count: Int, in file: MappedFile
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
      // Wraps for impossible shapes only, which are refused or empty.
      strides[index] = max(0, strides[index + 1] &* shape[index + 1])
    }
    return strides
  }

  /// Drops dimensions of one element and joins those that are one run through memory.
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

extension Array where Element: BitwiseCopyable {
  /// The elements as bytes; unlike `withUnsafeBytes`, keeps the type of the error.
  func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws(RepVGGError) -> Result
  ) throws(RepVGGError) -> Result {
    try withUnsafeBufferPointer { buffer throws(RepVGGError) in
      try body(UnsafeRawBufferPointer(buffer))
    }
  }
}
