import CRepVGG

/// Where the elements of an array are in a caller's buffer: dimensions and distances in floats.
struct StridedLayout {
  let shape: [Int]
  let strides: [Int]

  /// A layout of a caller's strides, checked against its element count.
  ///
  /// - Parameters:
  ///   - shape: Dimensions, each at least 1.
  ///   - strides: As many distances as there are dimensions.
  ///   - count: Floats of the buffer.
  ///   - name: What messages call the buffer.
  /// - Throws: `Failure` where a stride is negative or an element is past the buffer's end.
  init(
    shape: [Int], strides: UnsafePointer<Int64>, count: Int64, name: String
  ) throws {
    var last = 0
    self.shape = shape
    self.strides = (0..<shape.count).map { Int(strides[$0]) }
    for (dimension, stride) in zip(shape, self.strides) {
      guard stride >= 0 else {
        throw Failure(RVG_INVALID_ARGUMENT, "a stride of \(name) is \(stride), below 0")
      }
      let (distance, overflow) = stride.multipliedReportingOverflow(by: dimension - 1)
      let (sum, carry) = last.addingReportingOverflow(distance)
      guard !overflow, !carry else {
        throw Failure(RVG_INVALID_ARGUMENT, "the strides of \(name) exceed all memory")
      }
      last = sum
    }
    guard last < count else {
      throw Failure(
        RVG_INVALID_ARGUMENT,
        "the strides of \(name) reach element \(last), it has \(count) elements")
    }
  }

  /// Whether no two elements share a place; for two dimensions.
  var isFreeOfOverlap: Bool {
    let sorted = zip(shape, strides).filter { $0.0 > 1 }.sorted { $0.1 < $1.1 }
    var extent = 1
    for (dimension, stride) in sorted {
      guard stride >= extent else { return false }
      extent = stride * (dimension - 1) + extent
    }
    return true
  }

  /// Whether elements follow each other in row-major order.
  var isContiguous: Bool {
    var expected = 1
    for (dimension, stride) in zip(shape, strides).reversed() {
      guard dimension == 1 || stride == expected else { return false }
      expected *= dimension
    }
    return true
  }

  /// Copies to contiguous memory; four dimensions.
  func gather(from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
    var next = target
    for image in 0..<shape[0] {
      for channel in 0..<shape[1] {
        for row in 0..<shape[2] {
          let start = source + image * strides[0] + channel * strides[1] + row * strides[2]
          for column in 0..<shape[3] {
            next.pointee = start[column * strides[3]]
            next += 1
          }
        }
      }
    }
  }

  /// Copies from contiguous memory; two dimensions.
  func scatter(from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
    for row in 0..<shape[0] {
      for column in 0..<shape[1] {
        target[row * strides[0] + column * strides[1]] = source[row * shape[1] + column]
      }
    }
  }
}
