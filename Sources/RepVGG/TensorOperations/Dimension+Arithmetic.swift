extension Dimension {
  /// The product of sizes: known if all are, a symbol if the rest is 1.
  static func product(_ dimensions: some Sequence<Dimension>) -> Dimension {
    var result = Dimension.fixed(1)
    for dimension in dimensions {
      if dimension == .fixed(0) { return dimension }
      result = times(result, dimension)
    }
    return result
  }

  static func plus(_ left: Dimension, _ right: Dimension) -> Dimension {
    switch (left, right) {
    case (.fixed(let a), .fixed(let b)):
      let (sum, overflow) = a.addingReportingOverflow(b)
      return overflow ? .unknown : .fixed(sum)
    case (let other, .fixed(0)), (.fixed(0), let other): return other
    default: return .unknown
    }
  }

  static func minus(_ left: Dimension, _ right: Dimension) -> Dimension {
    switch (left, right) {
    case (.fixed(let a), .fixed(let b)):
      let (difference, overflow) = a.subtractingReportingOverflow(b)
      return overflow ? .unknown : .fixed(difference)
    case (let other, .fixed(0)): return other
    case (.symbol(let a), .symbol(let b)) where a == b: return .fixed(0)
    default: return .unknown
    }
  }

  static func times(_ left: Dimension, _ right: Dimension) -> Dimension {
    switch (left, right) {
    case (.fixed(let a), .fixed(let b)):
      let (product, overflow) = a.multipliedReportingOverflow(by: b)
      return overflow ? .unknown : .fixed(product)
    case (let other, .fixed(1)), (.fixed(1), let other): return other
    case (_, .fixed(0)), (.fixed(0), _): return .fixed(0)
    default: return .unknown
    }
  }

  /// The quotient, truncated, of numbers that may be negative.
  static func over(_ left: Dimension, _ right: Dimension) -> Dimension {
    switch (left, right) {
    case (.fixed(let a), .fixed(let b)):
      guard b != 0 else { return .unknown }
      let (quotient, overflow) = a.dividedReportingOverflow(by: b)
      return overflow ? .unknown : .fixed(quotient)
    case (let other, .fixed(1)): return other
    // A size of 0 would have no quotient.
    case (.symbol(let a), .symbol(let b)) where a == b: return .fixed(1)
    default: return .unknown
    }
  }

  /// What two equal sizes are together: the one that is known better; nil if they contradict.
  static func same(_ left: Dimension, _ right: Dimension) -> Dimension? {
    switch (left, right) {
    case (.fixed(let a), .fixed(let b)): a == b ? left : nil
    case (.fixed, _): left
    case (_, .fixed): right
    case (.symbol, _): left
    case (_, .symbol): right
    default: .unknown
    }
  }

  /// The size of which two are broadcast: nil if they contradict.
  static func broadcast(_ left: Dimension, _ right: Dimension) -> Dimension? {
    if left == right { return left }
    switch (left, right) {
    case (.fixed(1), let other), (let other, .fixed(1)): return other
    case (.fixed(let a), .fixed(let b)): return a == b ? left : nil
    case (.fixed, _): return left
    case (_, .fixed): return right
    default: return .unknown
    }
  }
}

extension [Dimension] {
  /// The shape that shapes are broadcast to, nil if they contradict.
  static func broadcast(_ shapes: [[Dimension]]) -> [Dimension]? {
    let rank = shapes.map(\.count).max() ?? 0
    var result = [Dimension](repeating: .fixed(1), count: rank)
    for shape in shapes {
      for (index, dimension) in shape.enumerated() {
        let axis = rank - shape.count + index
        guard let both = Dimension.broadcast(result[axis], dimension) else { return nil }
        result[axis] = both
      }
    }
    return result
  }
}
