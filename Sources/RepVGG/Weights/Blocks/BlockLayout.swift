/// Where the branches of a block read: all around the centre of its largest kernel.
struct BlockLayout {
  let block: BlockTensors
  let groups: Int
  /// Channels that the block reads.
  let inputChannels: Int
  private let size: Size2D
  private let padding: Padding

  /// The layout of a block with a largest kernel; the groups that its tensors show are used where the
  /// block does not know.
  init(_ block: BlockTensors, _ kernel: Tensor, groups shown: Int? = nil) throws(RepVGGError) {
    self.block = block
    size = Size2D(height: kernel.shape[2], width: kernel.shape[3])
    padding =
      block.padding ?? Padding(vertical: size.height / 2, horizontal: size.width / 2)
    groups = block.groups ?? shown ?? 1
    let (channels, overflow) = kernel.shape[1].multipliedReportingOverflow(by: groups)
    guard groups > 0, !overflow else {
      throw RepVGGError(.badData, "cannot have \(groups) groups", tensor: kernel.name)
    }
    inputChannels = channels
  }

  /// Groups of a block with as many inputs as outputs, from its kernel.
  static func identityGroups(_ kernel: Tensor) -> Int { max(1, kernel.shape[0] / kernel.shape[1]) }

  /// A convolution of the block's input, with its stride.
  func convolution(
    _ kernel: Tensor, bias: Tensor? = nil, dilation: Int = 1
  ) throws(RepVGGError) -> LinearExpression {
    .convolution(
      Convolution(
        kernel: kernel, bias: bias, stride: block.stride,
        padding: try padding(around: kernel, dilation), dilation: Size2D(dilation), groups: groups))
  }

  /// The convolution of a module `conv` and the batch norm after it.
  func branch(
    _ convolution: String, _ norm: String, dilation: Int = 1
  ) throws(RepVGGError) -> LinearExpression {
    let kernel = try block.kernel("\(convolution).weight")
    return .sequence([
      try self.convolution(kernel, bias: block["\(convolution).bias"], dilation: dilation),
      try block.norm(norm),
    ])
  }

  /// A convolution, and the batch norm of `module.bn` where it is `module.conv` that is stored.
  func convolution(_ module: String) throws(RepVGGError) -> LinearExpression {
    guard block["\(module).conv.weight"] == nil else {
      return try branch("\(module).conv", "\(module).bn")
    }
    return try convolution(
      try block.kernel("\(module).weight"), bias: block["\(module).bias"])
  }

  /// The padding that lets a smaller kernel read around the same pixel.
  func padding(
    around kernel: Tensor, _ dilation: Int = 1
  ) throws(RepVGGError) -> Padding {
    let (height, highOverflow) = (kernel.shape[2] - 1).multipliedReportingOverflow(by: dilation)
    let (width, wideOverflow) = (kernel.shape[3] - 1).multipliedReportingOverflow(by: dilation)
    let (down, across) = (size.height - 1 - height, size.width - 1 - width)
    guard !highOverflow, !wideOverflow, down % 2 == 0, across % 2 == 0 else {
      throw RepVGGError(
        .badData, "has shape \(kernel.shape), which has no place around the centre of \(size)",
        tensor: kernel.name)
    }
    return Padding(
      top: padding.top - down / 2, left: padding.left - across / 2,
      bottom: padding.bottom - down / 2, right: padding.right - across / 2)
  }

  /// Padding of the largest kernel.
  var largestPadding: Padding { padding }
  /// The largest kernel's rows and columns.
  var largestSize: Size2D { size }
}

extension Tensor {
  /// The elements under another shape of as many.
  func reshaped(_ shape: [Int]) -> Tensor {
    Tensor(shape: shape, source: source, name: name)
  }

  /// A tensor computed from this one's elements.
  func mapped(
    to shape: [Int], _ elements: @escaping @Sendable ([Double]) -> [Double]
  ) -> Tensor {
    Tensor.computed(shape: shape, name: name) { [self] () throws(RepVGGError) in
      elements(try doubles())
    }
  }

  /// A kernel of 1x1 pixels plus the one that leaves each group's channels as they are.
  var plusIdentity: Tensor {
    let (rows, inner) = (shape[0], shape[1])
    return mapped(to: shape) { values in
      var sum = values
      for row in 0..<min(rows, sum.count / inner) { sum[row * inner + row % inner] += 1 }
      return sum
    }
  }

  /// A kernel with its rows and columns in reverse.
  var flipped: Tensor {
    let area = shape[2] * shape[3]
    return mapped(to: shape) { values in
      values.indices.map { values[$0 / area * area + area - 1 - $0 % area] }
    }
  }
}
