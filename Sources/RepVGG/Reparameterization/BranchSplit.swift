/// The usual linear region: a sum of branches, those of a convolution each and those without, and what
/// follows the sum for every channel by itself.
struct BranchSplit: Sendable {
  /// Branches that read more than their own channel and pixel, the largest kernel first.
  let convolutions: [LinearExpression]
  /// Branches that are one factor and one summand per channel.
  let diagonals: [LinearExpression]
  /// What follows the sum (RepOpt's batch norm), also diagonal.
  let tail: [LinearExpression]

  /// Nil for expressions without a convolution.
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
    let branches = terms.filter { !$0.isDiagonal }.map { ($0, size: $0.largestKernelArea) }
    guard !branches.isEmpty else { return nil }
    convolutions = branches.sorted { $0.size > $1.size }.map(\.0)
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
  /// Pixels of the largest kernel in the expression.
  fileprivate var largestKernelArea: Int {
    operators.reduce(0) { area, expression in
      guard case .convolution(let convolution) = expression else { return area }
      let (product, overflow) = convolution.kernelSize.height.multipliedReportingOverflow(
        by: convolution.kernelSize.width)
      return overflow ? Int.max : max(area, product)
    }
  }

  /// A diagonal expression's factors alone: nothing is added.
  fileprivate var withoutSummand: LinearExpression {
    switch self {
    case .sum(let parts): .sum(parts.map(\.withoutSummand))
    case .sequence(let parts): .sequence(parts.map(\.withoutSummand))
    default: (linearOperator as? any ChannelwiseOperator)?.withoutSummand ?? self
    }
  }
}
