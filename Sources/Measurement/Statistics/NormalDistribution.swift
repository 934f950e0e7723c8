import Glibc

/// The standard normal distribution.
enum NormalDistribution {
  /// The probability of a value at least `z` away from 0, on either side.
  static func twoSidedTail(_ z: Double) -> Double {
    Swift.min(1, erfc(abs(z) / 2.0.squareRoot()))
  }
}

/// Ranks of values, equal ones sharing the mean of their places.
struct MidRanks {
  /// Twice the rank of each value, in the order given: an integer where places are shared too.
  let doubledRanks: [Int]
  /// The sum of t^3 - t over groups of t equal values.
  let tieTerm: Double

  init(_ values: [Double]) {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Int](repeating: 0, count: values.count)
    var ties = 0.0
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count && values[order[end]] == values[order[start]] { end += 1 }
      // Places start + 1 to end, whose mean is (start + 1 + end) / 2.
      for place in start..<end { ranks[order[place]] = start + 1 + end }
      let size = Double(end - start)
      ties += size * size * size - size
      start = end
    }
    doubledRanks = ranks
    tieTerm = ties
  }
}
