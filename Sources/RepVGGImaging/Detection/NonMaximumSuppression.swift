/// Keeps the surest of several boxes around the same thing.
///
/// Boxes are taken by falling score, of equal scores in the order in which they are given. A box is
/// kept unless it overlaps a kept one of its class by more than the threshold. This takes
/// `O(n log n + n * kept)` time, and both numbers are limited.
public struct NonMaximumSuppression: Sendable, Hashable {
  /// Boxes with more intersection over union than this are of the same thing.
  public var overlapThreshold: Double
  /// The most boxes that are kept.
  public var maximumCount: Int
  /// Whether boxes of different classes suppress each other too.
  public var isClassAgnostic: Bool
  /// The most boxes that are looked at, the surest ones.
  public var candidateLimit: Int

  /// The suppression of YOLOv6's inference.
  ///
  /// - Parameters:
  ///   - overlapThreshold: Boxes with more intersection over union than this are of the same thing.
  ///   - maximumCount: The most boxes that are kept.
  ///   - isClassAgnostic: Whether boxes of different classes suppress each other too.
  ///   - candidateLimit: The most boxes that are looked at.
  public init(
    overlapThreshold: Double = 0.45, maximumCount: Int = 300, isClassAgnostic: Bool = false,
    candidateLimit: Int = 30_000
  ) {
    self.overlapThreshold = overlapThreshold
    self.maximumCount = maximumCount
    self.isClassAgnostic = isClassAgnostic
    self.candidateLimit = candidateLimit
  }

  /// The indices of the boxes that are kept, by falling score, of equal scores by rising index.
  ///
  /// - Parameter boxes: Boxes in any order; those whose score is not a number are never kept.
  /// - Returns: Indices of `boxes`.
  public func kept(of boxes: [Detection]) -> [Int] {
    guard maximumCount > 0, candidateLimit > 0 else { return [] }
    let order = boxes.indices.filter { !boxes[$0].score.isNaN }
      .sorted { (boxes[$1].score, $0) < (boxes[$0].score, $1) }
    var kept: [Int] = []
    var keptByClass: [Int: [Detection]] = [:]
    for index in order.prefix(candidateLimit) {
      let box = boxes[index]
      let group = isClassAgnostic ? 0 : box.classIndex
      if keptByClass[group]?.contains(where: {
        $0.intersectionOverUnion(box) > overlapThreshold
      }) ?? false {
        continue
      }
      keptByClass[group, default: []].append(box)
      kept.append(index)
      if kept.count == maximumCount { break }
    }
    return kept
  }
}
