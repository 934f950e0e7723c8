/// Two checkpoints compared name by name.
package struct CheckpointComparison: Sendable {
  /// How far a tensor differs from the one of its name, relative to its largest value.
  package struct Difference: Sendable {
    package var name: String
    package var relativeMaximum: Double
  }

  /// Names of the reference that the other checkpoint lacks, sorted.
  package private(set) var missing: [String] = []
  /// Names of the other checkpoint that the reference lacks, sorted.
  package private(set) var extra: [String] = []
  /// Tensors of different shapes: both, for messages.
  package private(set) var misshapen: [(name: String, shape: [Int], expected: [Int])] = []
  /// Number of tensors of equal names and shapes.
  package private(set) var comparedCount = 0
  /// The tensor that differs most; nil if none was compared.
  package private(set) var worst: Difference?
  /// Number of tensors that differ by more than the tolerance.
  package private(set) var beyondCount = 0

  /// Compares every tensor but counters of batches.
  ///
  /// - Parameters:
  ///   - checkpoint: What is checked.
  ///   - reference: What it should be; names begin where its only network does.
  ///   - tolerance: The largest difference that is not counted, relative to a tensor's largest value.
  ///   - cancellation: Checked between tensors.
  /// - Throws: What reading and merging throw.
  package init(
    _ checkpoint: Checkpoint, against reference: Checkpoint, tolerance: Double,
    cancellation: Cancellation = .never
  ) throws(RepVGGError) {
    let part = try CheckpointPart(
      reference, NamedTensors(reference, of: .known).entries, options: MergingOptions())
    var expected: [TensorName: Tensor] = [:]
    for entry in part.entries where !entry.name.isCounter {
      expected[entry.name.dropping(part.prefix) ?? entry.name] = entry.tensor
    }
    for (text, tensor) in checkpoint.tensors.sorted(by: { TensorName($0.key) < TensorName($1.key) })
    {
      let name = TensorName(text)
      guard !name.isCounter else { continue }
      try cancellation.check()
      guard let other = expected.removeValue(forKey: name) else {
        extra.append(text)
        continue
      }
      guard tensor.shape == other.shape else {
        misshapen.append((text, tensor.shape, other.shape))
        continue
      }
      let relative = try Self.difference(tensor, other)
      comparedCount += 1
      if !(relative <= tolerance) { beyondCount += 1 }
      if relative > worst?.relativeMaximum ?? -1 {
        worst = Difference(name: text, relativeMaximum: relative)
      }
    }
    missing = expected.keys.sorted().map(\.text)
  }

  /// Whether names and shapes are the same and no tensor differs by more than the tolerance.
  package var isWithinTolerance: Bool {
    missing.isEmpty && extra.isEmpty && misshapen.isEmpty && beyondCount == 0
  }

  /// Infinite where a value is not a number in one of them.
  private static func difference(
    _ tensor: Tensor, _ reference: Tensor
  ) throws(RepVGGError) -> Double {
    let (actual, expected) = (try tensor.doubles(), try reference.doubles())
    guard actual.count == expected.count else { return .infinity }
    var (worst, magnitude) = (0.0, 0.0)
    for (a, b) in zip(actual, expected) where a != b && !(a.isNaN && b.isNaN) {
      let delta = abs(a - b)
      worst = max(worst, delta.isFinite ? delta : .infinity)
    }
    guard worst > 0 else { return 0 }
    for value in expected where value.isFinite { magnitude = max(magnitude, abs(value)) }
    return worst / max(magnitude, .leastNormalMagnitude)
  }
}
