/// Exact sizes of a network in one form.
public struct NetworkCounts: Sendable, Hashable {
  /// Trained parameters: weights, biases, batch-norm scales and shifts.
  public internal(set) var parameters = 0
  /// Batch-norm buffers: running means, variances and one counter each; 0 for `plain`.
  public internal(set) var buffers = 0
  /// Multiply-accumulates of convolutions and dense layers for one image.
  public internal(set) var multiplyAccumulates = 0
  /// Output elements of the convolutions for one image.
  public internal(set) var convolutionOutputs = 0
}

extension Network {
  /// Exact parameter and multiplication counts of the network in a form, from its own nodes.
  ///
  /// `branched` counts every operator as it is stored. `folded` has the branches' convolutions, one
  /// bias per linear region, and one factor per channel where a branch has no convolution. `plain` is
  /// one convolution with bias per region. Transposed convolutions count as they are; other operations on
  /// whole tensors have no parameters, and their multiplications are not counted.
  ///
  /// - Parameters:
  ///   - form: The form to count.
  ///   - height: Input height in pixels.
  ///   - width: Input width in pixels.
  /// - Returns: Parameters, buffers, multiplications and outputs.
  /// - Throws: What ``shapes(height:width:)`` throws.
  public func counts(
    form: Form, height: Int, width: Int
  ) throws(RepVGGError) -> NetworkCounts {
    try counts(form: form, images(height: height, width: width))
  }

  /// The same for an input whose batch matters, such as to a reshape; the counts are those of one image.
  func counts(form: Form, input: InputShape) throws(RepVGGError) -> NetworkCounts {
    try counts(form: form, specialized(for: input).facts.map { ImageSize($0) })
  }

  private func counts(form: Form, _ images: [ImageSize?]) throws(RepVGGError) -> NetworkCounts {
    var counts = NetworkCounts()
    for (index, node) in nodes.enumerated() {
      switch node.operation {
      case .linear(let expression):
        guard let source = node.inputs.first.flatMap({ images[$0.index] }) else {
          throw RepVGGError(
            .badData, "node '\(node.name.printable)' reads no image of a known size")
        }
        counts.add(
          try expression.counts(
            form: form, channels: source.channels, height: source.height, width: source.width))
      case .dense(let linear):
        counts.parameters += linear.tensors.reduce(0) { $0 + $1.count }
        counts.multiplyAccumulates += linear.weight.count
      case .tensor(let function) where function.operation is TransposedConvolutionOperation:
        counts.add(transposed: node, self, images[node.inputs[0].index], images[index])
      case .input, .constant, .activation, .globalMean, .gate, .add, .tensor: break
      }
    }
    return counts
  }

  /// The image that each node gives for one image of a size; nil for other results.
  private func images(height: Int, width: Int) throws(RepVGGError) -> [ImageSize?] {
    guard nodes.contains(where: { if case .tensor = $0.operation { true } else { false } }) else {
      return try shapes(height: height, width: width).map { shape in
        guard case .image(let channels, let height, let width) = shape else { return nil }
        return ImageSize(channels: channels, height: height, width: width)
      }
    }
    return try facts(height: height, width: width).map { ImageSize($0) }
  }
}

extension Architecture {
  /// Exact parameter and multiplication counts of the network in a form.
  ///
  /// - Parameters:
  ///   - form: The form to count.
  ///   - height: Input height in pixels.
  ///   - width: Input width in pixels.
  /// - Returns: The counts of ``Network/counts(form:height:width:)`` for a trained network.
  /// - Throws: What ``Network/shapes(height:width:)`` throws.
  public func counts(
    form: Form, height: Int, width: Int
  ) throws(RepVGGError) -> NetworkCounts {
    try Network(self, seed: 0).counts(form: form, height: height, width: width)
  }
}

extension LinearExpression {
  /// The counts of the expression in a form, for one image `[channels, height, width]`.
  ///
  /// - Throws: `badData` for an image that is too small, and what `geometry` throws.
  package func counts(
    form: Form, channels: Int, height: Int, width: Int
  ) throws(RepVGGError) -> NetworkCounts {
    var counts = NetworkCounts()
    let source = ImageSize(channels: channels, height: height, width: width)
    switch form {
    case .branched: try counts.add(stored: self, source)
    case .folded: try counts.add(folded: self, source)
    case .plain: try counts.add(merged: self, source)
    }
    return counts
  }
}

/// An image that a convolution reads or writes.
private struct ImageSize {
  var channels: Int
  var height: Int
  var width: Int
}

extension ImageSize {
  /// Nil for what is not images.
  fileprivate init?(_ facts: TensorFacts) {
    guard let shape = facts.shape, shape.count == 4, shape.allSatisfy({ $0 > 0 }) else {
      return nil
    }
    self.init(channels: shape[1], height: shape[2], width: shape[3])
  }
}

extension NetworkCounts {
  fileprivate mutating func add(_ other: NetworkCounts) {
    parameters += other.parameters
    buffers += other.buffers
    multiplyAccumulates += other.multiplyAccumulates
    convolutionOutputs += other.convolutionOutputs
  }

  /// Counts a transposed convolution whose weights are constants: each pixel of its input is multiplied
  /// by the whole kernel of its channel.
  fileprivate mutating func add(
    transposed node: Network.Node, _ network: Network, _ source: ImageSize?, _ result: ImageSize?
  ) {
    var weights: [Tensor] = []
    for input in node.inputs.dropFirst() {
      if case .constant(let tensor) = network[input].operation { weights.append(tensor) }
    }
    parameters += weights.reduce(0) { $0 + $1.count }
    guard let source, let result, let kernel = weights.first else { return }
    multiplyAccumulates += source.height * source.width * kernel.count
    convolutionOutputs += result.channels * result.height * result.width
  }

  /// Counts a convolution's kernel, multiplications and outputs; returns the size of its output.
  private mutating func add(
    kernelOf expression: LinearExpression, _ source: ImageSize
  ) throws(RepVGGError) -> ImageSize {
    let geometry = try expression.geometry(inputChannels: source.channels)
    guard let size = geometry.outputSize(height: source.height, width: source.width) else {
      throw RepVGGError(.badData, "an image of \(source.height)x\(source.width) is too small")
    }
    let pixels = size.height * size.width
    if !geometry.isDiagonal {
      parameters += geometry.kernelElementCount
      multiplyAccumulates += geometry.kernelElementCount * pixels
      convolutionOutputs += geometry.outputChannels * pixels
    }
    return ImageSize(channels: geometry.outputChannels, height: size.height, width: size.width)
  }

  fileprivate mutating func add(
    merged expression: LinearExpression, _ source: ImageSize
  ) throws(RepVGGError) {
    let result = try add(kernelOf: expression, source)
    // A bias; a region without a convolution is a factor and a summand.
    parameters += expression.isDiagonal ? 2 * result.channels : result.channels
  }

  fileprivate mutating func add(
    folded expression: LinearExpression, _ source: ImageSize
  ) throws(RepVGGError) {
    guard let split = BranchSplit(expression) else { return try add(merged: expression, source) }
    var branched = NetworkCounts()
    var outputs = source
    for branch in split.convolutions { outputs = try branched.add(kernelOf: branch, source) }
    parameters += branched.parameters + outputs.channels
    parameters += split.diagonals.isEmpty ? 0 : outputs.channels
    multiplyAccumulates += branched.multiplyAccumulates
    convolutionOutputs += outputs.channels * outputs.height * outputs.width
  }

  fileprivate mutating func add(
    stored expression: LinearExpression, _ source: ImageSize
  ) throws(RepVGGError) {
    let norms = expression.operators.count { $0.linearOperator?.statistics.isEmpty == false }
    parameters += expression.tensors.reduce(0) { $0 + $1.count } - expression.statisticsCount
    buffers += expression.statisticsCount + norms
    var literal = NetworkCounts()
    try literal.addConvolutions(of: expression, source)
    multiplyAccumulates += literal.multiplyAccumulates
    convolutionOutputs += literal.convolutionOutputs
  }

  /// Every convolution at the size of its own output, which is returned for the whole.
  @discardableResult
  private mutating func addConvolutions(
    of expression: LinearExpression, _ source: ImageSize
  ) throws(RepVGGError) -> ImageSize {
    if let operation = expression.linearOperator {
      guard !operation.isConvolution else { return try add(kernelOf: expression, source) }
      var ignored = NetworkCounts()
      return try ignored.add(kernelOf: expression, source)
    }
    switch expression {
    case .sequence(let operators):
      var size = source
      for expression in operators { size = try addConvolutions(of: expression, size) }
      return size
    case .sum(let terms):
      var size = source
      for term in terms { size = try addConvolutions(of: term, source) }
      return size
    case .concatenation(let branches):
      var joined = ImageSize(channels: 0, height: source.height, width: source.width)
      for branch in branches {
        let size = try addConvolutions(of: branch, source)
        joined = ImageSize(
          channels: joined.channels + size.channels, height: size.height, width: size.width)
      }
      return joined
    default: return source
    }
  }
}
