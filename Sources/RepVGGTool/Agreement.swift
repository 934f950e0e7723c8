import CommandLineKit
import Foundation
import RepVGG
import TextFormats
import SeededNumbers

/// How far two sets of results differ: logits, or features of a network without a classifier.
struct Agreement {
  /// Number of images compared.
  let imageCount: Int
  /// The largest absolute difference.
  let maximumError: Double
  /// `‖a - b‖ / ‖b‖` over all values; infinite if a value is not finite.
  let relativeError: Double
  /// Images whose largest logit is the same class in both; nil if there are no classes.
  let sameTop1Count: Int?

  /// Compares the results of some images with their reference.
  ///
  /// - Parameters:
  ///   - results: The same number of values for each image.
  ///   - reference: The expected values.
  ///   - imageCount: The number of images.
  ///   - areLogits: Whether the largest value of an image is its class.
  init(_ results: [Float], reference: [Float], imageCount: Int, areLogits: Bool) {
    self.imageCount = imageCount
    var (difference, norm, worst) = (0.0, 0.0, 0.0)
    for (a, b) in zip(results, reference) {
      let delta = Double(a) - Double(b)
      difference += delta * delta
      norm += Double(b) * Double(b)
      worst = max(worst, delta.isFinite ? abs(delta) : .infinity)
    }
    let relative = (difference / max(norm, .leastNormalMagnitude)).squareRoot()
    relativeError = relative.isFinite && results.count == reference.count ? relative : .infinity
    maximumError = worst
    guard areLogits, imageCount > 0 else {
      sameTop1Count = nil
      return
    }
    let classCount = reference.count / imageCount
    sameTop1Count = (0..<imageCount).count { image in
      let range = image * classCount..<(image + 1) * classCount
      guard range.upperBound <= results.count else { return false }
      return Self.top1(results[range]) == Self.top1(reference[range])
    }
  }

  private static func top1(_ row: ArraySlice<Float>) -> Int {
    row.indices.max { row[$0] < row[$1] }.map { $0 - row.startIndex } ?? 0
  }

  /// Whether the relative error is within the tolerance and every top class is the same.
  func isWithin(_ tolerance: Double) -> Bool {
    relativeError <= tolerance && (sameTop1Count ?? imageCount) == imageCount
  }

  /// The figures for a program.
  func json(_ what: String, tolerance: Double) -> JSONValue {
    [
      "comparison": .string(what), "images": .integer(imageCount),
      "max_abs_error": .double(maximumError), "relative_l2": .double(relativeError),
      "top1_agreement": JSONValue(sameTop1Count.map { Double($0) / Double(imageCount) }),
      "tolerance": .double(tolerance), "ok": .bool(isWithin(tolerance)),
    ]
  }

  /// The figures as a line for a person.
  func text(_ what: String, tolerance: Double) -> String {
    "\(what): max error \(scientific(maximumError)),"
      + " relative L2 \(scientific(relativeError))"
      + (sameTop1Count.map { ", top-1 \($0)/\(imageCount)" } ?? "")
      + (isWithin(tolerance) ? "" : "  MISMATCH (tolerance \(scientific(tolerance)))")
  }
}

/// Two digits and an exponent: `3.1e-07`.
private func scientific(_ value: Double) -> String { String(format: "%.1e", value) }

/// Reproducible images, sufficiently close to normally distributed for a check: sums of uniform
/// values.
func randomImages(_ input: InputShape, seed: UInt64) -> [Float] {
  var random = SplitMix64(seed: seed)
  return (0..<input.elementCount).map { _ in random.float() + random.float() + random.float() }
}
