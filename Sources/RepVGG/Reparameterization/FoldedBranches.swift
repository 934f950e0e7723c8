/// A block's branches with their batch norms folded in: one convolution each, and one factor per
/// channel for all branches that read a single pixel.
///
/// A batch norm after the sum (RepOpt) is distributed over the branches.
struct FoldedBranches: Sendable {
  /// A branch with a convolution.
  struct Branch: Sendable {
    let expression: LinearExpression
    let kernelSize: Int
  }

  private let block: Block
  /// Branches with a convolution, the largest kernel first.
  let convolutions: [Branch]
  /// Branches that are one factor and one summand per channel.
  let diagonals: [LinearExpression]
  /// What follows the sum, also diagonal.
  let tail: [LinearExpression]

  var hasIdentity: Bool { !diagonals.isEmpty }

  init(_ block: Block) throws(RepVGGError) {
    self.block = block
    var terms = [block.body]
    var tail: [LinearExpression] = []
    if case .sequence(let operators) = block.body, case .sum(let inner)? = operators.first,
      operators.dropFirst().allSatisfy(\.isDiagonal)
    {
      terms = inner
      tail = Array(operators.dropFirst())
    } else if case .sum(let inner) = block.body {
      terms = inner
    }
    var branches: [Branch] = []
    for term in terms where !term.isDiagonal {
      guard let size = term.kernelSize, size == 1 || size == 3 else {
        throw RepVGGError(
          .unsupported, "block \(block.shape.displayName) has branches that run only as one",
          tensor: term.tensors.first?.name)
      }
      branches.append(Branch(expression: term, kernelSize: size))
    }
    convolutions = branches.sorted { $0.kernelSize > $1.kernelSize }
    diagonals = terms.filter(\.isDiagonal)
    self.tail = tail
    guard !convolutions.isEmpty else {
      throw RepVGGError(.unsupported, "block \(block.shape.displayName) has no convolution")
    }
  }

  /// One branch's weights.
  ///
  /// With `carriesRest` they include the identity factors and every bias that belongs to no
  /// convolution.
  func weights(_ branch: Branch, carriesRest: Bool) throws(RepVGGError) -> ConvolutionWeights {
    let channels = block.shape.inputChannels
    let reduced = try LinearExpression.sequence([branch.expression] + tail)
      .reduced(inputChannels: channels)
    let tailBias = try tailSummand()
    var bias = zip(reduced.bias, tailBias).map { $0 - $1 }
    var scale: [Float]?
    if carriesRest {
      for channel in bias.indices { bias[channel] += tailBias[channel] }
      if hasIdentity {
        let sum = try LinearExpression.sequence([.sum(diagonals)] + tail)
          .reduced(inputChannels: channels)
        for channel in bias.indices { bias[channel] += sum.bias[channel] - tailBias[channel] }
        scale = sum.kernel.map { Float($0) }
      }
    }
    return ConvolutionWeights(
      kernel: try reduced.rounded().kernel, bias: bias.map { Float($0) }, identityScale: scale)
  }

  /// What the operators after the sum add, once for the whole block.
  private func tailSummand() throws(RepVGGError) -> [Double] {
    let channels = block.shape.outputChannels
    guard !tail.isEmpty else { return [Double](repeating: 0, count: channels) }
    return try LinearExpression.sequence(tail).reduced(inputChannels: channels).bias
  }
}

extension LinearExpression {
  /// Whether the expression is one factor and one summand per channel.
  var isDiagonal: Bool {
    switch self {
    case .batchNorm, .identity, .scale: true
    case .convolution, .averagePool, .concatenation: false
    case .sum(let parts), .sequence(let parts): parts.allSatisfy(\.isDiagonal)
    }
  }

  /// The size of the only convolution in a sequence; nil if there are several or none.
  var kernelSize: Int? {
    switch self {
    case .convolution(let convolution): convolution.kernelSize
    case .sequence(let parts):
      parts.count { !$0.isDiagonal } == 1 ? parts.first { !$0.isDiagonal }?.kernelSize : nil
    default: nil
    }
  }
}
