import RepVGG

/// Counts of correct answers by class, and how far two forms differ.
struct EvaluationTally {
  /// The counts of one class.
  struct ClassCounts: Sendable, Hashable {
    var imageCount = 0
    var top1Count = 0
    var top5Count = 0
  }

  /// The second form compared with the first one, image by image.
  struct Comparison: Sendable, Hashable {
    var imageCount = 0
    var sameTop1Count = 0
    /// The largest absolute difference of two logits; infinite if one is not finite.
    var maximumDifference = 0.0
    /// The paths of the first images whose top class differs.
    var differing: [String] = []

    var agrees: Bool { sameTop1Count == imageCount }
  }

  private(set) var total = ClassCounts()
  /// One entry for each class folder.
  private(set) var classes: [ClassCounts]
  private(set) var comparison = Comparison()

  init(classCount: Int) {
    classes = Array(repeating: ClassCounts(), count: classCount)
  }

  /// Counts an image.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - folder: The class folder that contains it.
  ///   - target: The correct output of the network.
  ///   - rows: Its logits in one or two forms.
  mutating func add(
    path: String, folder: Int, target: Int, rows: [UnsafeBufferPointer<Float>]
  ) {
    guard let row = rows.first else { return }
    let best = Prediction.topClasses(row, count: 5)
    let counts = ClassCounts(
      imageCount: 1, top1Count: best.first == target ? 1 : 0,
      top5Count: best.contains(target) ? 1 : 0)
    total += counts
    classes[folder] += counts
    if rows.count == 2 { compare(row, rows[1], path: path, top: best.first) }
  }

  private mutating func compare(
    _ row: UnsafeBufferPointer<Float>, _ other: UnsafeBufferPointer<Float>, path: String, top: Int?
  ) {
    comparison.imageCount += 1
    if Prediction.topClasses(other, count: 1).first == top {
      comparison.sameTop1Count += 1
    } else if comparison.differing.count < 10 {
      comparison.differing.append(path)
    }
    for (a, b) in zip(row, other) {
      let difference = abs(Double(a) - Double(b))
      comparison.maximumDifference = max(
        comparison.maximumDifference, difference.isFinite ? difference : .infinity)
    }
  }
}

extension EvaluationTally.ClassCounts {
  /// The share of images whose likeliest class is correct; nil without images.
  var top1: Double? { imageCount > 0 ? Double(top1Count) / Double(imageCount) : nil }
  /// The share of images whose correct class is among the five likeliest; nil without images.
  var top5: Double? { imageCount > 0 ? Double(top5Count) / Double(imageCount) : nil }

  static func += (left: inout Self, right: Self) {
    left.imageCount += right.imageCount
    left.top1Count += right.top1Count
    left.top5Count += right.top5Count
  }
}
