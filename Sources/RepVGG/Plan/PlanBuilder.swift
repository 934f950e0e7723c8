import Dispatch
import Synchronization

/// Makes a plan's values, steps and weights of its operations; ``Plan`` then places and packs them.
struct PlanBuilder {
  /// Weights before they are packed: where they go and what writes them there.
  struct PendingWeights {
    /// Offset in bytes by which steps know them.
    let offset: Int
    let block: PackedBlock
    /// What evaluating them takes in arrays, at most about.
    let workingByteCount: Int
    /// Evaluates and writes the weights; the memory is zeroed.
    let pack: @Sendable (UnsafeMutableRawPointer) throws(RepVGGError) -> Void
  }

  private(set) var values: [Value] = []
  private(set) var steps: [Step] = []
  private(set) var weights: [PendingWeights] = []
  /// Bytes of packed weights so far.
  private(set) var packedByteCount = 0
  /// Bytes of the first packed weights, which a single step reads as one block.
  private(set) var joinedByteCount = 0
  /// Bytes of scratch that each worker needs.
  private(set) var scratchByteCount = 0

  /// Time that evaluating linear expressions takes, summed over threads.
  let fuseTime = DurationCounter()

  let workerCount: Int
  let kernels: Kernels

  init(workerCount: Int, kernels: Kernels) {
    self.workerCount = workerCount
    self.kernels = kernels
  }

  mutating func value(_ layout: ActivationLayout, place: Value.Place = .arena) -> ValueID {
    values.append(Value(place: place, type: ValueType(layout: layout)))
    return ValueID(index: values.count - 1)
  }

  /// The value whose memory a value is in.
  func root(_ value: ValueID) -> ValueID {
    var value = value
    while case .part(let whole, _) = values[value.index].place { value = whole }
    return value
  }

  /// Bytes from the start of the memory that a value is in.
  func partOffset(_ value: ValueID) -> Int {
    var (value, offset) = (value, 0)
    while case .part(let whole, let byteOffset) = values[value.index].place {
      (value, offset) = (whole, offset + byteOffset)
    }
    return offset
  }

  func layout(of value: ValueID) -> ActivationLayout { values[value.index].type.layout }

  /// Appends a step that reads and writes values.
  mutating func emit(
    _ description: StepDescription, _ kernel: any StepKernel, reads: [ValueID], writes: [ValueID],
    weights: Range<Int> = 0..<0, scratchByteCount scratch: Int = 0
  ) {
    for value in (reads + writes).map({ root($0) }) {
      values[value.index].firstStep = min(values[value.index].firstStep, steps.count)
      values[value.index].lastStep = max(values[value.index].lastStep, steps.count)
    }
    scratchByteCount = max(scratchByteCount, scratch)
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
  mutating func readBorder(of value: ValueID) { values[root(value).index].needsBorder = true }

  /// Reserves room among the packed weights, in execution order; returns its bytes.
  ///
  /// `packing` is what the bytes depend on, see ``PackedBlock``; `workingByteCount` is what evaluating
  /// the weights takes in arrays, at most about.
  mutating func reserveWeights(
    floatCount: Int, packing: PackedBlock.Packing?, workingByteCount: Int = 0,
    pack: @escaping @Sendable (UnsafeMutablePointer<Float>) throws(RepVGGError) -> Void
  ) -> Range<Int> {
    let byteCount = floatCount * MemoryLayout<Float>.stride
    let range = packedByteCount..<packedByteCount + byteCount
    packedByteCount += byteCount.roundedUp(to: PackedBuffer.alignment)
    weights.append(
      PendingWeights(
        offset: range.lowerBound, block: PackedBlock(byteCount: byteCount, packing: packing),
        workingByteCount: workingByteCount
      ) { (memory) throws(RepVGGError) in
        try pack(memory.assumingMemoryBound(to: Float.self))
      })
    return range
  }

  /// Keeps all weights so far at the distances that they have now.
  mutating func joinWeights() { joinedByteCount = packedByteCount }
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
