import RepVGG

/// A file of MNIST's kind: unsigned bytes with their dimensions in front.
///
/// Big-endian: two zero bytes, the type (8 for unsigned bytes), the number of dimensions, each
/// dimension in four bytes, then the bytes (<http://yann.lecun.com/exdb/mnist/>).
package struct IDXFile {
  /// The dimensions, outermost first.
  package let shape: [Int]
  /// The elements, row-major.
  package let elements: [UInt8]

  /// Reads the bytes of a file.
  ///
  /// - Throws: `badData` where they are not exactly such a file of `rank` dimensions.
  package init(_ bytes: UnsafeRawBufferPointer, rank: Int, file: String) throws {
    let header = 4 + 4 * rank
    guard bytes.count >= header, bytes[0] == 0, bytes[1] == 0 else {
      throw RepVGGError(.badData, "is not an IDX file", file: file)
    }
    guard bytes[2] == 8, Int(bytes[3]) == rank else {
      throw RepVGGError(
        .badData, "holds type \(bytes[2]) in \(bytes[3]) dimensions, not bytes in \(rank)",
        file: file)
    }
    var shape: [Int] = []
    var count = 1
    for index in 0..<rank {
      let start = 4 + 4 * index
      let size = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, size > 0 else {
        throw RepVGGError(.badData, "has a dimension of \(size)", file: file)
      }
      shape.append(size)
      count = product
    }
    guard bytes.count - header == count else {
      throw RepVGGError(
        .badData, "has \(bytes.count - header) bytes of data instead of \(count) for \(shape)",
        file: file)
    }
    self.shape = shape
    elements = [UInt8](bytes[header...])
  }

  /// Reads a file.
  package init(path: String, rank: Int) throws {
    self = try InputFile(path: path).contents().withUnsafeBytes {
      try IDXFile($0, rank: rank, file: path)
    }
  }
}

extension MemoryImageSource {
  /// One channel of images with labels, as MNIST and its kin store them.
  ///
  /// - Throws: `badData` where the files do not fit each other.
  package init(
    images: IDXFile, labels: IDXFile, classCount: Int?, normalization: PixelNormalization,
    file: String
  ) throws {
    guard images.shape.count == 3, labels.shape == [images.shape[0]] else {
      throw RepVGGError(
        .badData, "has labels \(labels.shape) for images \(images.shape)", file: file)
    }
    let largest = Int(labels.elements.max() ?? 0)
    do {
      try self.init(
        pixels: images.elements, labels: labels.elements.map { Int32($0) },
        height: images.shape[1], width: images.shape[2], channels: 1,
        classCount: classCount ?? largest + 1, normalization: normalization)
    } catch let error as RepVGGError { throw error.inFile(file) }
  }
}
