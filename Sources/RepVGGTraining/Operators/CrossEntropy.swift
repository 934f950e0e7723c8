import RepVGG

/// The mean cross entropy of a batch against smoothed labels.
///
/// With smoothing e and C classes a target is e/C everywhere, plus 1 - e on the label.
package struct CrossEntropy<Scalar: TrainingScalar> {
  package let classCount: Int
  package let labelSmoothing: Double

  package init(classCount: Int, labelSmoothing: Double) {
    self.classCount = classCount
    self.labelSmoothing = labelSmoothing
  }

  /// The mean loss of `[labels.count, classCount]` logits; writes the logits' gradient if asked.
  ///
  /// - Throws: `badData` for a label outside 0..<classCount.
  package func loss(
    logits: UnsafePointer<Scalar>, labels: [Int32], gradient: UnsafeMutablePointer<Scalar>?
  ) throws -> Double {
    guard let wrong = labels.first(where: { !(0..<classCount).contains(Int($0)) }) else {
      let scale = 1 / Double(labels.count)
      return Scalar.kernels.crossEntropy(
        labels.count, classCount, logits, labels, labelSmoothing, scale, gradient) * scale
    }
    throw RepVGGError(.badData, "label \(wrong) is not one of the \(classCount) classes")
  }
}
