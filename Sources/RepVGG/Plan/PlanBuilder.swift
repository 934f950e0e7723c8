import Dispatch
import Synchronization

/// Collects a plan's values, steps and weights; ``Plan`` then places and packs them.
struct PlanBuilder {
  /// Weights before they are packed: where they go and what writes them there.
  struct PendingWeights {
    /// Offset in floats from the start of the tape.
    let offset: Int
    /// What evaluating them takes in arrays, at most about.
    let workingByteCount: Int
    /// Evaluates and writes the weights; the memory is zeroed.
    let pack: @Sendable (UnsafeMutablePointer<Float>) throws(RepVGGError) -> Void
  }

  private(set) var values: [Value] = []
  private(set) var steps: [Step] = []
  private(set) var weights: [PendingWeights] = []
  /// Floats of the tape so far.
  private(set) var tapeElementCount = 0
  /// Floats of scratch that each worker needs.
  private(set) var scratchElementCount = 0

  /// Time that evaluating the blocks' expressions takes, summed over threads.
  let fuseTime = DurationCounter()

  let workerCount: Int
  /// What the steps compute with.
  let kernels: Kernels
  /// How each convolution is computed, in the order in which they are emitted; nil to learn what
  /// convolutions there are.
  let algorithms: [any ConvolutionAlgorithm]?
  /// The convolutions emitted so far.
  var layers: [ConvolutionLayer] = []

  init(workerCount: Int, kernels: Kernels, algorithms: [any ConvolutionAlgorithm]? = nil) {
    self.workerCount = workerCount
    self.kernels = kernels
    self.algorithms = algorithms
  }

  mutating func activation(_ layout: ActivationLayout) -> ValueID {
    add(Value(place: .arena, elementCount: layout.elementCount, layout: layout))
  }

  /// A value without a border, in the arena or elsewhere.
  mutating func vector(elementCount: Int, place: Value.Place = .arena) -> ValueID {
    add(Value(place: place, elementCount: elementCount, layout: nil))
  }

  private mutating func add(_ value: Value) -> ValueID {
    values.append(value)
    return ValueID(index: values.count - 1)
  }

  func layout(of value: ValueID) -> ActivationLayout {
    guard let layout = values[value.index].layout else {
      preconditionFailure("an activation is expected, value \(value.index) is a vector")
    }
    return layout
  }

  /// Appends a step that reads and writes values.
  mutating func emit(
    _ description: StepDescription, _ kernel: any StepKernel, reads: [ValueID], writes: [ValueID],
    weights: Int = 0, scratchElementCount scratch: Int = 0
  ) {
    for value in reads + writes {
      values[value.index].firstStep = min(values[value.index].firstStep, steps.count)
      values[value.index].lastStep = max(values[value.index].lastStep, steps.count)
    }
    scratchElementCount = max(scratchElementCount, scratch)
    steps.append(
      Step(
        description: description, kernel: kernel, reads: reads, writes: writes, weights: weights))
  }

  /// Removes the steps from an index on, which then are part of another.
  mutating func takeSteps(from index: Int) -> [Step] {
    let taken = Array(steps[index...])
    steps.removeSubrange(index...)
    for value in values.indices where values[value].lastStep > index {
      values[value].firstStep = min(values[value].firstStep, index)
      values[value].lastStep = index
    }
    return taken
  }

  /// Notes that a step reads a value's border.
  mutating func readBorder(of value: ValueID) { values[value.index].needsBorder = true }

  /// Reserves room on the tape, in execution order; returns its offset in floats.
  ///
  /// `workingByteCount` is what evaluating the weights takes in arrays, at most about.
  mutating func reserveWeights(
    elementCount: Int, workingByteCount: Int = 0,
    pack: @escaping @Sendable (UnsafeMutablePointer<Float>) throws(RepVGGError) -> Void
  ) -> Int {
    let offset = tapeElementCount
    tapeElementCount += (elementCount + 15) / 16 * 16
    weights.append(
      PendingWeights(offset: offset, workingByteCount: workingByteCount, pack: pack))
    return offset
  }
}

/// A sum of durations that several threads add to.
final class DurationCounter: Sendable {
  private let total = Atomic<UInt64>(0)

  /// Nanoseconds so far.
  var nanoseconds: UInt64 { total.load(ordering: .acquiring) }

  /// Adds the time that the work takes.
  func measuring<Result>(_ work: () throws(RepVGGError) -> Result) throws(RepVGGError) -> Result {
    let start = DispatchTime.now().uptimeNanoseconds
    defer { total.wrappingAdd(DispatchTime.now().uptimeNanoseconds - start, ordering: .releasing) }
    return try work()
  }
}
