/// The usual linear region: a sum of branches with one convolution or none each, and what follows
/// the sum for every channel by itself.
struct BranchSplit: Sendable {
  /// Branches with a convolution, the largest kernel first.
  let convolutions: [LinearExpression]
  /// Branches that are one factor and one summand per channel.
  let diagonals: [LinearExpression]
  /// What follows the sum (RepOpt's batch norm), also diagonal.
  let tail: [LinearExpression]

  /// Nil for expressions of another structure, and those without a convolution.
  init?(_ expression: LinearExpression) {
    var terms = [expression]
    var tail: [LinearExpression] = []
    if case .sequence(let operators) = expression, case .sum(let inner)? = operators.first,
      operators.dropFirst().allSatisfy(\.isDiagonal)
    {
      terms = inner
      tail = Array(operators.dropFirst())
    } else if case .sum(let inner) = expression {
      terms = inner
    }
    var branches: [(expression: LinearExpression, size: Int)] = []
    for term in terms where !term.isDiagonal {
      guard let size = term.kernelSize else { return nil }
      branches.append((term, size))
    }
    guard !branches.isEmpty else { return nil }
    convolutions = branches.sorted { $0.size > $1.size }.map(\.expression)
    diagonals = terms.filter(\.isDiagonal)
    self.tail = tail
  }

  /// Every branch as an expression of its own, the diagonal ones as one; their sum is the whole.
  ///
  /// The tail follows each of them, and what it adds is added once.
  var terms: [LinearExpression] {
    let factors = tail.map(\.withoutSummand)
    return convolutions.enumerated().map { index, branch in
      tail.isEmpty ? branch : .sequence([branch] + (index == 0 ? tail : factors))
    } + (diagonals.isEmpty ? [] : [.sequence([.sum(diagonals)] + factors)])
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
  fileprivate var kernelSize: Int? {
    switch self {
    case .convolution(let convolution): convolution.kernelSize
    case .sequence(let parts):
      parts.count { !$0.isDiagonal } == 1 ? parts.first { !$0.isDiagonal }?.kernelSize : nil
    default: nil
    }
  }

  /// A diagonal expression's factors alone: nothing is added.
  fileprivate var withoutSummand: LinearExpression {
    switch self {
    case .batchNorm(var norm):
      let zeros = Tensor(
        shape: norm.beta.shape, elements: [Float](repeating: 0, count: norm.beta.count))
      (norm.beta, norm.mean) = (zeros, zeros)
      return .batchNorm(norm)
    case .sum(let parts): return .sum(parts.map(\.withoutSummand))
    case .sequence(let parts): return .sequence(parts.map(\.withoutSummand))
    case .identity, .scale, .convolution, .averagePool, .concatenation: return self
    }
  }
}
