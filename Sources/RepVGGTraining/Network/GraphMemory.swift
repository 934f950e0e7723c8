import RepVGG

/// A value of a graph: which piece of the planned memory it is.
package struct GraphValue: Hashable, Sendable {
  let index: Int
}

/// A step of a graph: a layer's forward or backward work.
struct GraphStep<Scalar: TrainingScalar> {
  /// What the step belongs to, by its official name.
  let layer: String
  /// The values that it reads or writes; each lives from its first such step to its last.
  let values: [GraphValue]
  /// The value that it computes, for looking where numbers went wrong.
  let result: GraphValue?
  let run: (GraphMemory<Scalar>) -> Void
}

/// The memory that a graph's values and operators share, all of it allocated before the first step.
final class GraphMemory<Scalar: TrainingScalar> {
  /// What operators need while they run.
  let workspace: ScalarBuffer<Scalar>
  private let arena: ScalarBuffer<Scalar>
  private let offsets: [Int]
  private let elementCounts: [Int]
  private let external: GraphValue
  private let externalBuffer: ScalarBuffer<Scalar>

  /// Places values by when they live, in the order of `steps`.
  ///
  /// The value `external` is `buffer`, which is stored elsewhere.
  init(
    elementCounts: [Int], steps: [GraphStep<Scalar>], workspaceCount: Int, external: GraphValue,
    _ buffer: ScalarBuffer<Scalar>
  ) throws {
    self.elementCounts = elementCounts
    self.external = external
    externalBuffer = buffer
    let size = MemoryLayout<Scalar>.stride
    var lives = [ArenaPlanner.Value?](repeating: nil, count: elementCounts.count)
    for (index, step) in steps.enumerated() {
      for value in step.values {
        let first = lives[value.index]?.firstStep ?? index
        lives[value.index] = ArenaPlanner.Value(
          byteCount: elementCounts[value.index] * size, firstStep: first, lastStep: index)
      }
    }
    // A value that no step touches would be the builder's mistake; it costs nothing here.
    let plan = ArenaPlanner(
      lives.map { $0 ?? ArenaPlanner.Value(byteCount: 0, firstStep: 0, lastStep: 0) })
    offsets = plan.offsets.map { $0 / size }
    arena = try ScalarBuffer(count: plan.byteCount / size)
    workspace = try ScalarBuffer(count: workspaceCount)
  }

  /// Elements of all values.
  var elementCount: Int { arena.count }

  /// Elements of one value.
  func count(of value: GraphValue) -> Int { elementCounts[value.index] }

  /// Where a value is stored.
  subscript(value: GraphValue) -> UnsafeMutablePointer<Scalar> {
    value == external ? externalBuffer.base : arena.base + offsets[value.index]
  }
}
