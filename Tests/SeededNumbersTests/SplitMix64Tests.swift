import SeededNumbers
import Testing

@Suite struct SplitMix64Tests {
  /// Numbers of the authors' C program for the same seed.
  @Test func drawsThePublishedNumbers() {
    var random = SplitMix64(seed: 1_234_567)
    #expect(
      (0..<5).map { _ in random.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test func everyCombinationOfKeysHasItsOwnSequence() {
    let combinations: [SplitMix64] = [
      SplitMix64(seed: 1), SplitMix64(seed: 1, keys: 1), SplitMix64(seed: 1, keys: 2),
      SplitMix64(seed: 1, keys: 1, 2), SplitMix64(seed: 1, keys: 2, 1),
      SplitMix64(seed: 2, keys: 1),
    ]
    let first = combinations.map { combination in
      var random = combination
      return random.next()
    }
    #expect(Set(first).count == combinations.count)
  }

  @Test func numbersAreInTheirRanges() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<1000 {
      #expect((0..<1).contains(random.unit()))
      #expect((-1..<1).contains(random.float()))
      #expect((0..<3).contains(random.below(3)))
    }
    #expect(random.permutation(100).sorted() == Array(0..<100))
    #expect(random.permutation(0).isEmpty)
  }
}
