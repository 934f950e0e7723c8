import Foundation
import RepVGG

/// Reproducible images with values of both signs.
func sampleImages(_ input: InputShape) -> [Float] {
  var state: UInt64 = 42
  return (0..<input.elementCount).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) * 0x1p-23 - 1
  }
}

/// `‖a - b‖ / ‖b‖` in Double; infinite where the counts differ or a value is not finite.
func relativeL2(_ a: [Float], _ b: [Float]) -> Double {
  guard a.count == b.count else { return .infinity }
  var (difference, norm) = (0.0, 0.0)
  for (x, y) in zip(a, b) {
    difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
    norm += Double(y) * Double(y)
  }
  let result = (difference / max(norm, .leastNormalMagnitude)).squareRoot()
  return result.isFinite ? result : .infinity
}

/// The repository's fixtures.
let fixturesFolder = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "Fixtures")
