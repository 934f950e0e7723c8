/// A window that moves over the dimensions after batch and channels.
package struct SpatialWindow: Sendable, Hashable {
  /// How much is padded where it is not stated.
  package enum Padding: String, Sendable {
    case stated = "NOTSET"
    /// So that one output belongs to every stride; an odd element is padded at the end.
    case sameUpper = "SAME_UPPER"
    /// The same with an odd element at the start.
    case sameLower = "SAME_LOWER"
    case none = "VALID"
  }

  /// Empty where the shape of the weights says it.
  package var kernel: [Int]
  /// Empty for 1.
  package var strides: [Int]
  /// Empty for 1.
  package var dilations: [Int]
  /// Before each dimension, then after each; empty for 0.
  package var pads: [Int]
  package var padding: Padding

  package init(
    kernel: [Int] = [], strides: [Int] = [], dilations: [Int] = [], pads: [Int] = [],
    padding: Padding = .stated
  ) {
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.pads = pads
    self.padding = padding
  }

  /// The largest number of a window, so that sums and products do not overflow.
  static let limit = 1 << 28

  init(_ node: ONNXOperator) throws(RepVGGError) {
    kernel = try node.ints("kernel_shape") ?? []
    strides = try node.ints("strides") ?? []
    dilations = try node.ints("dilations") ?? []
    pads = try node.ints("pads") ?? []
    padding = try node.choice("auto_pad", default: .stated)
    if padding != .stated { pads = [] }
    guard (kernel + strides + dilations).allSatisfy({ (1...Self.limit).contains($0) }),
      pads.allSatisfy({ (0...Self.limit).contains($0) })
    else { throw node.invalid("its window has a size, stride, dilation or padding out of range") }
  }

  /// The attributes that store it; those that are empty are left out.
  var attributes: [ONNXAttribute] {
    var result: [ONNXAttribute] = []
    let lists = [
      ("kernel_shape", kernel), ("strides", strides), ("dilations", dilations), ("pads", pads),
    ]
    for (name, values) in lists where !values.isEmpty {
      result.append(ONNXAttribute(name, .ints(values.map { Int64($0) })))
    }
    if padding != .stated { result.append(ONNXAttribute("auto_pad", .string(padding.rawValue))) }
    return result
  }

  /// The window with nothing left out.
  func complete(
    rank: Int, kernel weights: [Int]? = nil, for operation: some TensorOperation
  ) throws(RepVGGError) -> SpatialWindow {
    var result = self
    if result.kernel.isEmpty { result.kernel = weights ?? [] }
    if result.strides.isEmpty { result.strides = [Int](repeating: 1, count: rank) }
    if result.dilations.isEmpty { result.dilations = [Int](repeating: 1, count: rank) }
    if result.pads.isEmpty { result.pads = [Int](repeating: 0, count: 2 * rank) }
    guard result.kernel.count == rank, result.strides.count == rank,
      result.dilations.count == rank, result.pads.count == 2 * rank,
      result.kernel.allSatisfy({ (1...Self.limit).contains($0) })
    else { throw operation.invalid("its window does not fit \(rank) dimensions") }
    guard weights == nil || weights == result.kernel else {
      throw operation.invalid("its weights are not of the size \(result.kernel)")
    }
    return result
  }

  /// Elements from the first to the last that a complete window touches along an axis.
  func extent(_ axis: Int) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }
}
