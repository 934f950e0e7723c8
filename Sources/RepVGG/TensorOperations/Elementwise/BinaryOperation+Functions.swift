import Glibc

extension BinaryOperation {
  /// The larger one, not a number if either is.
  static func maximum(_ a: Double, _ b: Double) -> Double { a.isNaN || a > b ? a : b }

  /// The smaller one, not a number if either is.
  static func minimum(_ a: Double, _ b: Double) -> Double { a.isNaN || a < b ? a : b }

  var real: @Sendable (Double, Double) -> Double {
    switch function {
    case .add: { $0 + $1 }
    case .subtract: { $0 - $1 }
    case .multiply: { $0 * $1 }
    case .divide: { $0 / $1 }
    case .power: { pow($0, $1) }
    case .modulo: { $0 - $1 * ($0 / $1).rounded(.down) }
    case .remainder: { fmod($0, $1) }
    case .and: { $0 != 0 && $1 != 0 ? 1 : 0 }
    case .or: { $0 != 0 || $1 != 0 ? 1 : 0 }
    case .exclusiveOr: { ($0 != 0) != ($1 != 0) ? 1 : 0 }
    case .equal: { $0 == $1 ? 1 : 0 }
    case .less: { $0 < $1 ? 1 : 0 }
    case .greater: { $0 > $1 ? 1 : 0 }
    case .lessOrEqual: { $0 <= $1 ? 1 : 0 }
    case .greaterOrEqual: { $0 >= $1 ? 1 : 0 }
    case .pRelu: { $0 < 0 ? $0 * $1 : $0 }
    }
  }

  /// Divisors are not zero.
  var integer: (Int64, Int64) -> Int64 {
    switch function {
    case .add: { $0 &+ $1 }
    case .subtract: { $0 &- $1 }
    case .multiply: { $0 &* $1 }
    case .divide: { $0.dividedReportingOverflow(by: $1).partialValue }
    case .power: { Self.power($0, $1) }
    case .modulo:
      {
        let rest = $0.remainderReportingOverflow(dividingBy: $1).partialValue
        return rest != 0 && (rest < 0) != ($1 < 0) ? rest &+ $1 : rest
      }
    case .remainder: { $0.remainderReportingOverflow(dividingBy: $1).partialValue }
    case .and: { $0 != 0 && $1 != 0 ? 1 : 0 }
    case .or: { $0 != 0 || $1 != 0 ? 1 : 0 }
    case .exclusiveOr: { ($0 != 0) != ($1 != 0) ? 1 : 0 }
    case .equal: { $0 == $1 ? 1 : 0 }
    case .less: { $0 < $1 ? 1 : 0 }
    case .greater: { $0 > $1 ? 1 : 0 }
    case .lessOrEqual: { $0 <= $1 ? 1 : 0 }
    case .greaterOrEqual: { $0 >= $1 ? 1 : 0 }
    case .pRelu: { $0 < 0 ? $0 &* $1 : $0 }
    }
  }

  /// A power by squaring, modulo 2^64; that of a negative exponent is truncated.
  private static func power(_ base: Int64, _ exponent: Int64) -> Int64 {
    if exponent < 0 {
      switch base {
      case 1: return 1
      case -1: return exponent & 1 == 0 ? 1 : -1
      default: return 0
      }
    }
    var (result, square, rest) = (Int64(1), base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result = result &* square }
      square = square &* square
      rest >>= 1
    }
    return result
  }

  package func resultElements(of inputs: [TensorFacts?], shape: [Int]) -> [Dimension]? {
    if let known = evaluatedElements(of: inputs) { return known }
    let combine: (Dimension, Dimension) -> Dimension
    switch function {
    case .add: combine = Dimension.plus
    case .subtract: combine = Dimension.minus
    case .multiply: combine = Dimension.times
    case .divide: combine = Dimension.over
    case .equal:
      // A symbol is a size: never negative.
      combine = { left, right in
        switch (left, right) {
        case (.symbol(let a), .symbol(let b)) where a == b: .fixed(1)
        case (.symbol, .fixed(let b)) where b < 0: .fixed(0)
        case (.fixed(let a), .symbol) where a < 0: .fixed(0)
        case (.fixed(let a), .fixed(let b)): .fixed(a == b ? 1 : 0)
        default: .unknown
        }
      }
    default: return nil
    }
    guard let left: TensorFacts = inputs.optional(0), let right: TensorFacts = inputs.optional(1),
      let leftShape = left.shape, let rightShape = right.shape, let a = left.elements,
      let b = right.elements, ReferenceTensor.elementCount(of: leftShape) == a.count,
      ReferenceTensor.elementCount(of: rightShape) == b.count
    else { return nil }
    // The quotient of two real numbers need not be whole.
    if function == .divide, left.elementType.isReal {
      return Self.combined(a, leftShape, b, rightShape, shape) {
        $1 == .fixed(1) ? $0 : $0 == $1 && $0 != .unknown ? .fixed(1) : .unknown
      }
    }
    return Self.combined(a, leftShape, b, rightShape, shape, combine)
  }
}
