/// Exact sizes of a network in one form.
public struct NetworkCounts: Sendable, Hashable {
  /// Trained parameters: weights, biases, batch-norm scales and shifts, gates, head.
  public internal(set) var parameters = 0
  /// Batch-norm buffers: running means, variances and one counter each; 0 for `plain`.
  public internal(set) var buffers = 0
  /// Multiply-accumulates of convolutions, gates and head for one image.
  public internal(set) var multiplyAccumulates = 0
  /// Output elements of the convolutions for one image.
  public internal(set) var convolutionOutputs = 0
}

extension Network {
  /// Exact parameter and multiplication counts of the network in a form, from its own blocks.
  ///
  /// `branched` counts every branch with its batch norms, or whatever the blocks hold, as stored.
  /// `folded` has the branches' convolutions, one bias per block, and one factor per channel where
  /// a branch has no convolution. `plain` is one 3x3 convolution with bias per block.
  ///
  /// - Parameters:
  ///   - form: The form to count.
  ///   - height: Input height in pixels.
  ///   - width: Input width in pixels.
  /// - Returns: Parameters, buffers, multiplications and outputs.
  public func counts(form: Form, height: Int, width: Int) -> NetworkCounts {
    var counts = NetworkCounts()
    var size = (height: height, width: width)
    for block in blocks {
      let stride = max(1, block.shape.stride)
      size = ((size.height + stride - 1) / stride, (size.width + stride - 1) / stride)
      counts.add(block, form: form, pixels: size.height * size.width)
      if let gate = block.gate {
        counts.add(gate.squeeze)
        counts.add(gate.excite)
      }
    }
    if let head { counts.add(head) }
    return counts
  }
}

extension NetworkCounts {
  fileprivate mutating func add(_ linear: Linear) {
    parameters += linear.tensors.reduce(0) { $0 + $1.count }
    multiplyAccumulates += linear.weight.count
  }

  fileprivate mutating func add(_ block: Block, form: Form, pixels: Int) {
    let channels = block.shape.outputChannels
    let kernels = block.body.convolutionKernels
    switch form {
    case .plain:
      let elementCount = 9 * channels * (block.shape.inputChannels / max(1, block.shape.groups))
      parameters += elementCount + channels
      multiplyAccumulates += elementCount * pixels
      convolutionOutputs += channels * pixels
    case .folded:
      let elementCount = kernels.reduce(0) { $0 + $1.count }
      let hasIdentity = (try? FoldedBranches(block))?.hasIdentity ?? false
      parameters += elementCount + channels + (hasIdentity ? channels : 0)
      multiplyAccumulates += elementCount * pixels
      convolutionOutputs += channels * pixels
    case .branched:
      let (statistics, normCount) = (block.body.statisticsCount, block.body.batchNormCount)
      parameters += block.body.tensors.reduce(0) { $0 + $1.count } - statistics
      buffers += statistics + normCount
      multiplyAccumulates += kernels.reduce(0) { $0 + $1.count } * pixels
      convolutionOutputs += kernels.count * channels * pixels
    }
  }
}

extension LinearExpression {
  /// Elements of running means and variances.
  var statisticsCount: Int {
    fold { if case .batchNorm(let norm) = $0 { norm.mean.count + norm.variance.count } else { 0 } }
  }

  fileprivate var batchNormCount: Int { fold { if case .batchNorm = $0 { 1 } else { 0 } } }

  fileprivate var convolutionKernels: [Tensor] {
    switch self {
    case .convolution(let convolution): [convolution.kernel]
    case .batchNorm, .identity, .averagePool, .scale: []
    case .sum(let parts), .sequence(let parts), .concatenation(let parts):
      parts.flatMap(\.convolutionKernels)
    }
  }

  /// The sum of a count over the operators of the expression.
  private func fold(_ count: (LinearExpression) -> Int) -> Int {
    switch self {
    case .convolution, .batchNorm, .identity, .averagePool, .scale: count(self)
    case .sum(let parts), .sequence(let parts), .concatenation(let parts):
      parts.reduce(0) { $0 + $1.fold(count) }
    }
  }
}
