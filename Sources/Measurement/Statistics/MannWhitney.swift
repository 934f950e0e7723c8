/// The Mann-Whitney U test of whether one unpaired sample tends to exceed the other.
package struct MannWhitney: Sendable, Hashable {
  /// How many pairs (a of the first, b of the second sample) have a > b, equal ones counting half.
  package let u: Double
  /// The two-sided p-value.
  package let pValue: Double
  /// Whether the p-value comes from the exact permutation distribution (up to 40 values in all, ties
  /// included) and not from the normal approximation with tie and continuity correction.
  package let isExact: Bool
  /// Cliff's delta: the share of pairs with a > b less the share with a < b, from -1 to 1.
  package let cliffsDelta: Double

  private static let exactLimit = 40

  /// The test of two samples; nil where one is empty or holds a value that is not finite.
  package init?(_ first: [Double], _ second: [Double]) {
    guard !first.isEmpty, !second.isEmpty, first.allSatisfy(\.isFinite),
      second.allSatisfy(\.isFinite)
    else { return nil }
    let ranks = MidRanks(first + second)
    let firstSum = ranks.doubledRanks.prefix(first.count).reduce(0, +)
    let m = Double(first.count)
    let n = Double(second.count)
    let total = m + n
    u = Double(firstSum) / 2 - m * (m + 1) / 2
    cliffsDelta = 2 * u / (m * n) - 1
    isExact = first.count + second.count <= Self.exactLimit
    if isExact {
      pValue = Self.exactPValue(
        doubledRanks: ranks.doubledRanks, chosenCount: first.count, chosenSum: firstSum)
    } else {
      let variance = m * n / 12 * (total + 1 - ranks.tieTerm / (total * (total - 1)))
      let distance = max(0, abs(u - m * n / 2) - 0.5)
      pValue = variance > 0 ? NormalDistribution.twoSidedTail(distance / variance.squareRoot()) : 1
    }
  }

  /// Counts the ways to choose the first sample's ranks by their sum; twice the smaller tail, since
  /// ties may make the distribution asymmetric.
  private static func exactPValue(
    doubledRanks: [Int], chosenCount: Int, chosenSum: Int
  ) -> Double {
    let total = doubledRanks.reduce(0, +)
    let width = total + 1
    var ways = [Double](repeating: 0, count: (chosenCount + 1) * width)
    ways[0] = 1
    for rank in doubledRanks {
      for chosen in stride(from: chosenCount, to: 0, by: -1) {
        let to = chosen * width
        let from = to - width
        for sum in stride(from: total, through: rank, by: -1) {
          ways[to + sum] += ways[from + sum - rank]
        }
      }
    }
    let row = ways[(chosenCount * width)...]
    let base = row.startIndex
    let all = row.reduce(0, +)
    let lower = row[base...(base + chosenSum)].reduce(0, +)
    let upper = row[(base + chosenSum)...].reduce(0, +)
    return min(1, 2 * min(lower, upper) / all)
  }
}
