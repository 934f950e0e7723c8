/// Wilcoxon's signed-rank test of whether paired differences are centred on zero.
package struct WilcoxonSignedRank: Sendable, Hashable {
  /// How many differences are not zero; zeros are left out, as Wilcoxon did.
  package let count: Int
  /// How many differences were zero.
  package let zeroCount: Int
  /// The sum of the ranks of the positive differences (equal sizes share their mean rank).
  package let positiveRankSum: Double
  /// The sum of the ranks of the negative differences.
  package let negativeRankSum: Double
  /// The two-sided p-value.
  package let pValue: Double
  /// Whether the p-value comes from the exact distribution (up to 50 differences, ties included)
  /// and not from the normal approximation with tie and continuity correction.
  package let isExact: Bool
  /// The matched-pairs rank-biserial correlation, from -1 (all differences negative) to 1; 0 without
  /// differences.
  package let rankBiserialCorrelation: Double

  /// The largest number of differences whose sign patterns (2^n) a Double counts exactly.
  private static let exactLimit = 50

  /// The test of finite differences; nil where one is not finite.
  package init?(differences: [Double]) {
    guard differences.allSatisfy(\.isFinite) else { return nil }
    let kept = differences.filter { $0 != 0 }
    count = kept.count
    zeroCount = differences.count - kept.count
    let ranks = MidRanks(kept.map(abs))
    var positive = 0
    var negative = 0
    for (difference, rank) in zip(kept, ranks.doubledRanks) {
      if difference > 0 { positive += rank } else { negative += rank }
    }
    positiveRankSum = Double(positive) / 2
    negativeRankSum = Double(negative) / 2
    let total = positive + negative
    rankBiserialCorrelation = total == 0 ? 0 : Double(positive - negative) / Double(total)
    isExact = kept.count <= Self.exactLimit
    if kept.isEmpty {
      pValue = 1
    } else if kept.count <= Self.exactLimit {
      pValue = Self.exactPValue(doubledRanks: ranks.doubledRanks, lesser: min(positive, negative))
    } else {
      let n = Double(kept.count)
      let variance = n * (n + 1) * (2 * n + 1) / 24 - ranks.tieTerm / 48
      let distance = abs(positiveRankSum - n * (n + 1) / 4) - 0.5
      pValue = NormalDistribution.twoSidedTail(max(0, distance) / variance.squareRoot())
    }
  }

  /// Counts the sign patterns by their rank sum; the distribution is symmetric, so the two tails are
  /// alike.
  private static func exactPValue(doubledRanks: [Int], lesser: Int) -> Double {
    let total = doubledRanks.reduce(0, +)
    var patterns = [Double](repeating: 0, count: total + 1)
    patterns[0] = 1
    var reached = 0
    for rank in doubledRanks {
      for sum in stride(from: reached, through: 0, by: -1) { patterns[sum + rank] += patterns[sum] }
      reached += rank
    }
    let tail = patterns[0...lesser].reduce(0, +)
    let all = patterns.reduce(0, +)
    return min(1, 2 * tail / all)
  }
}
