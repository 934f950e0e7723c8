import RepVGG

/// The two binary versions of CIFAR (<https://www.cs.toronto.edu/~kriz/cifar.html>).
package enum CIFARKind: Sendable {
  /// A label, then 3072 bytes.
  case cifar10
  /// A coarse and a fine label, then 3072 bytes.
  case cifar100

  var labelByteCount: Int { self == .cifar10 ? 1 : 2 }
  var classCount: Int { self == .cifar10 ? 10 : 100 }
}

extension MemoryImageSource {
  /// The records of binary CIFAR files: red, green and blue planes of 32x32 after the label.
  ///
  /// - Throws: `missingInput`, or `badData` where a file is not a whole number of records.
  package init(cifar paths: [String], _ kind: CIFARKind) throws {
    let (size, planes) = (32, 3)
    let imageByteCount = size * size * planes
    let recordByteCount = kind.labelByteCount + imageByteCount
    var pixels: [UInt8] = []
    var labels: [Int32] = []
    for path in paths {
      let file = try InputFile(path: path)
      guard file.byteCount % recordByteCount == 0 else {
        throw RepVGGError(
          .badData,
          "has \(file.byteCount) bytes, which are not records of \(recordByteCount)", file: path)
      }
      let count = file.byteCount / recordByteCount
      pixels.reserveCapacity(pixels.count + count * imageByteCount)
      let bytes = try file.contents()
      for record in 0..<count {
        let start = record * recordByteCount + kind.labelByteCount
        labels.append(Int32(bytes[start - 1]))
        for pixel in 0..<size * size {
          for plane in 0..<planes { pixels.append(bytes[start + plane * size * size + pixel]) }
        }
      }
      if let wrong = labels.suffix(count).first(where: { Int($0) >= kind.classCount }) {
        throw RepVGGError(
          .badData, "has label \(wrong), which is not one of \(kind.classCount) classes",
          file: path)
      }
    }
    try self.init(
      pixels: pixels, labels: labels, height: size, width: size, channels: planes,
      classCount: kind.classCount, normalization: kind == .cifar10 ? .cifar10 : .cifar100)
  }
}
