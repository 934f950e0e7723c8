import Measurement
import Testing

/// The rank tests against tables and against the enumeration of every case.
@Suite struct RankTestTests {
  @Test func wilcoxonTable() throws {
    // All of five positive: 2 of 32 patterns.
    let five = try #require(WilcoxonSignedRank(differences: [1, 2, 3, 4, 5]))
    #expect(five.pValue == 0.0625)
    #expect(five.positiveRankSum == 15 && five.negativeRankSum == 0)
    #expect(five.rankBiserialCorrelation == 1)
    // Subsets of 1...8 with sum at most 3: {}, 1, 2, 3, 1+2.
    let eight = try #require(WilcoxonSignedRank(differences: [1, 2, -3, 4, 5, 6, 7, 8]))
    #expect(eight.pValue == 10.0 / 256)
    // Distinct partitions of 0...8: 1 1 1 2 2 3 4 5 6, 25 in all, of 1024.
    let ten = try #require(WilcoxonSignedRank(differences: [1, 2, 3, 4, 5, 6, 7, -8, 9, 10]))
    #expect(ten.pValue == 50.0 / 1024)
    #expect(ten.isExact)
  }

  @Test(arguments: [
    [1.0, -2, 3, 3, -3, 5, 5], [0.5, 0.5, -0.5, 0.5], [-1, 0, 2, 0, -3, 4, 4, -4, 9, 1],
  ])
  func wilcoxonEnumerated(differences: [Double]) throws {
    let test = try #require(WilcoxonSignedRank(differences: differences))
    let kept = differences.filter { $0 != 0 }
    let sizes = kept.map { abs($0) }
    let ranks = sizes.map { size in
      Double(sizes.filter { $0 < size }.count) + Double(sizes.filter { $0 == size }.count + 1) / 2
    }
    let positive = zip(kept, ranks).reduce(0.0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
    let lesser = min(positive, ranks.reduce(0, +) - positive)
    var extreme = 0
    for pattern in 0..<(1 << kept.count) {
      let sum = ranks.enumerated().reduce(0.0) { $0 + (pattern >> $1.0 & 1 == 1 ? $1.1 : 0) }
      if sum <= lesser { extreme += 1 }
    }
    #expect(test.pValue == min(1, 2 * Double(extreme) / Double(1 << kept.count)))
    #expect(test.positiveRankSum == positive)
    #expect(test.count == kept.count && test.zeroCount == differences.count - kept.count)
  }

  @Test func wilcoxonApproximation() throws {
    // Ranks 1...60 with a positive sum of 600: the ranks 1...34 give 595, less 1, plus 6 beyond.
    var signs = [Double](repeating: -1, count: 60)
    for rank in 1...34 { signs[rank - 1] = 1 }
    // 595 - 30 + 35 = 600.
    signs[29] = -1
    signs[34] = 1
    let differences = signs.enumerated().map { Double($0.offset + 1) * $0.element }
    let test = try #require(WilcoxonSignedRank(differences: differences))
    #expect(!test.isExact)
    #expect(test.positiveRankSum == 600)
    // Variance 18452.5, z = (315 - 0.5) / 135.8400...
    #expect(abs(test.pValue - 0.020601) < 5e-6)
  }

  @Test func wilcoxonWithoutDifferences() throws {
    let test = try #require(WilcoxonSignedRank(differences: [0, 0]))
    #expect(test.pValue == 1 && test.count == 0 && test.rankBiserialCorrelation == 0)
    #expect(WilcoxonSignedRank(differences: [.nan]) == nil)
  }

  @Test func mannWhitneyTable() throws {
    let separate = try #require(MannWhitney([1, 2, 3], [4, 5, 6]))
    #expect(abs(separate.pValue - 0.1) < 1e-15)
    #expect(separate.u == 0 && separate.cliffsDelta == -1)
    // U = 2 of 5 and 5: 1 + 1 + 2 of 252 ways, on each side.
    let near = try #require(MannWhitney([1, 2, 3, 4, 7], [5, 6, 8, 9, 10]))
    #expect(near.u == 2)
    #expect(abs(near.pValue - 8.0 / 252) < 1e-15)
  }

  @Test func mannWhitneyEnumeratedWithTies() throws {
    let first: [Double] = [1, 2, 2, 3]
    let second: [Double] = [2, 3, 3, 5, 5]
    let test = try #require(MannWhitney(first, second))
    let pool = first + second
    func u(_ chosen: Int) -> Double {
      var sum = 0.0
      for a in pool.indices where chosen >> a & 1 == 1 {
        for b in pool.indices where chosen >> b & 1 == 0 {
          sum += pool[a] > pool[b] ? 1 : pool[a] == pool[b] ? 0.5 : 0
        }
      }
      return sum
    }
    let observed = u(0b1111)
    let choices = (0..<512).filter { $0.nonzeroBitCount == 4 }.map(u)
    let lower = choices.filter { $0 <= observed }.count
    let upper = choices.filter { $0 >= observed }.count
    #expect(choices.count == 126)
    #expect(test.u == observed)
    #expect(abs(test.pValue - min(1, 2 * Double(min(lower, upper)) / 126)) < 1e-14)
    #expect(abs(test.cliffsDelta - (2 * observed / 20 - 1)) < 1e-15)
  }

  @Test func mannWhitneyApproximation() throws {
    // 25 values each, interleaved but shifted by 8: a[i] = 2 i, b[i] = 2 i + 17, without ties.
    let first = (0..<25).map { Double(2 * $0) }
    let second = (0..<25).map { Double(2 * $0 + 17) }
    let test = try #require(MannWhitney(first, second))
    // a > b where i > j + 8, so i - j >= 9: 16 + 15 + ... + 1 = 136.
    #expect(test.u == 136 && !test.isExact)
    // Variance 625 * 51 / 12 = 2656.25; z = (312.5 - 136 - 0.5) / 51.5388...
    #expect(abs(test.pValue - 0.000638) < 5e-6)
    // All values equal: nothing to tell.
    let same = try #require(
      MannWhitney([Double](repeating: 1, count: 30), [Double](repeating: 1, count: 30)))
    #expect(same.pValue == 1 && same.cliffsDelta == 0)
  }
}
