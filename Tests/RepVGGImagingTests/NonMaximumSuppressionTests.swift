import RepVGGImaging
import TestSupport
import Testing

@Suite struct NonMaximumSuppressionTests {
  private func box(
    _ x: Double, _ width: Double = 10, score: Float = 0.5, class index: Int = 0
  ) -> Detection {
    Detection(classIndex: index, score: score, x: x, y: 0, width: width, height: 10)
  }

  @Test func overlapIsIntersectionOverUnion() {
    #expect(box(0).intersectionOverUnion(box(0)) == 1)
    #expect(box(0).intersectionOverUnion(box(5)) == 50.0 / 150)
    #expect(box(0).intersectionOverUnion(box(10)) == 0)
    #expect(box(0).intersectionOverUnion(box(.nan)) == 0)
    #expect(box(0, .infinity).intersectionOverUnion(box(0, .infinity)) == 0)
  }

  @Test func theSurestBoxOfAClassStays() {
    let boxes = [
      box(1, score: 0.6), box(0, score: 0.9), box(1, score: 0.5, class: 1), box(40, score: 0.3),
    ]
    #expect(NonMaximumSuppression().kept(of: boxes) == [1, 2, 3])
    #expect(NonMaximumSuppression(isClassAgnostic: true).kept(of: boxes) == [1, 3])
    #expect(NonMaximumSuppression(overlapThreshold: 0.9).kept(of: boxes) == [1, 0, 2, 3])
    #expect(NonMaximumSuppression(maximumCount: 2).kept(of: boxes) == [1, 2])
    #expect(NonMaximumSuppression(candidateLimit: 2).kept(of: boxes) == [1])
    #expect(NonMaximumSuppression(maximumCount: 0).kept(of: boxes).isEmpty)
    #expect(NonMaximumSuppression(candidateLimit: -1).kept(of: boxes).isEmpty)
  }

  @Test func ofEqualScoresTheFirstBoxIsTheSurer() {
    let boxes = [box(50), box(0), box(1), box(51), box(2, score: 0.50001)]
    #expect(NonMaximumSuppression().kept(of: boxes) == [4, 0])
    #expect(NonMaximumSuppression(overlapThreshold: 1).kept(of: boxes) == [4, 0, 1, 2, 3])
  }

  @Test func anOverlapOfExactlyTheThresholdIsAllowed() {
    let boxes = [box(0), box(5)]
    #expect(NonMaximumSuppression(overlapThreshold: 50.0 / 150).kept(of: boxes) == [0, 1])
    #expect(NonMaximumSuppression(overlapThreshold: 0.3333).kept(of: boxes) == [0])
  }

  @Test func whatIsKeptIsAsByTheDefinition() {
    var generator = SeededGenerator(seed: 7)
    for round in 0..<30 {
      let boxes = (0..<60).map { _ in
        Detection(
          classIndex: generator.below(3), score: Float(generator.below(20)) / 20,
          x: Double(generator.below(40)), y: Double(generator.below(40)),
          width: Double(1 + generator.below(30)), height: Double(1 + generator.below(30)))
      }
      let suppression = NonMaximumSuppression(
        overlapThreshold: 0.1 * Double(generator.below(10)), isClassAgnostic: round % 2 == 0)
      // By the definition: take the best of what is left, remove what overlaps it.
      var left = Array(boxes.indices)
      var expected: [Int] = []
      while let best = left.max(by: { (boxes[$0].score, $1) < (boxes[$1].score, $0) }) {
        expected.append(best)
        left.removeAll { other in
          other == best
            || ((suppression.isClassAgnostic
              || boxes[other].classIndex == boxes[best].classIndex)
              && boxes[other].intersectionOverUnion(boxes[best]) > suppression.overlapThreshold)
        }
      }
      #expect(suppression.kept(of: boxes) == expected)
    }
  }

  @Test func scoresThatAreNotNumbersAreNeverKeptAndLargeOnesFirst() {
    let boxes = [box(0, score: .nan), box(30, score: .infinity), box(60, score: -.infinity)]
    #expect(NonMaximumSuppression().kept(of: boxes) == [1, 2])
  }

  @Test func timeIsBoundedWhateverTheNumberOfBoxes() {
    // All but the surest are compared with 299 boxes and overlap only the last of them.
    let boxes = (0..<100_000).map { box(Double(min($0, 298)) * 20, score: $0 < 299 ? 1 : 0.5) }
    let duration = ContinuousClock().measure {
      #expect(NonMaximumSuppression().kept(of: boxes) == Array(0..<299))
    }
    #expect(duration < .seconds(60))
  }
}
