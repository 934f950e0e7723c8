import Dispatch
import Synchronization

/// A plan's working memory and threads: runs one input at a time.
///
/// Not for concurrent use: one Session for each calling thread. Sessions of one plan share its
/// weights. ``run(input:output:)`` allocates nothing.
public final class Session {
  /// The plan that this session runs.
  public let plan: Plan
  private let arena: AlignedBuffer
  private let scratch: AlignedBuffer
  private let features: AlignedBuffer
  private let operands: OperandTable
  /// The packed weights of every step.
  private let weights: [UnsafeRawPointer]
  private let pool: ThreadPool
  private let output: AlignedBuffer
  private let cancellation: Cancellation
  /// The step after which every worker stops: set before the join that follows the step.
  private let lastStep = Atomic<Int>(.max)

  init(plan: Plan, cpus: [Int], cancellation: Cancellation) throws(RepVGGError) {
    self.plan = plan
    self.cancellation = cancellation
    let byteCount =
      plan.memory.arenaByteCount + plan.memory.workspaceByteCount
      + plan.featureByteCount
    try MemoryCheck.checkMachine(holds: byteCount)
    try MemoryCheck.checkAvailable(byteCount, for: "a session")
    arena = try AlignedBuffer(byteCount: plan.memory.arenaByteCount)
    scratch = try AlignedBuffer(byteCount: plan.scratchByteCount * plan.options.threadCount)
    features = try AlignedBuffer(byteCount: plan.featureByteCount)
    output = try AlignedBuffer(elementCount: plan.outputElementCount)
    operands = OperandTable(plan, arena: arena.bytes, features: features.bytes)
    let (arenaBytes, packed) = (arena.bytes, plan.packedWeights)
    weights = plan.steps.map {
      UnsafeRawPointer(packed.address($0.weights.lowerBound) ?? arenaBytes)
    }
    pool = try ThreadPool(workerCount: plan.options.threadCount, cpus: cpus)
    if plan.callsOpenBLAS {
      try BLASRuntime.open().checkMemory(callerCount: plan.options.threadCount)
    }
  }

  /// What the workers of one run see.
  private struct Job {
    let session: Unmanaged<Session>
    let input: UnsafePointer<Float>
    let output: UnsafeMutablePointer<Float>
    let stepEnds: UnsafeMutablePointer<UInt64>?
    /// Looks for the first values that are not finite; nil in ordinary runs.
    var inspection: Unmanaged<Inspection>?
  }

  /// Computes the logits of a batch of images; of a backbone, the means of its last channels.
  ///
  /// - Parameters:
  ///   - input: `[batch, channels, height, width]`, NCHW, normalised as the network was trained.
  ///   - output: Receives `[batch, outputCount]`.
  /// - Throws: `invalidArgument` where a buffer is too small for the plan's shape; `badData` where
  ///   logits are not finite, naming the image and the layer that left Float32's range, or the
  ///   element of the input that is not finite; `cancelled`.
  public func run(
    input: UnsafeBufferPointer<Float>, output: UnsafeMutableBufferPointer<Float>
  ) throws(RepVGGError) {
    try run(input: input, output: output, stepEnds: nil)
  }

  /// The same, noting in nanoseconds of the monotonic clock when the run began and when each step
  /// ended: one more value than the plan has steps.
  package func run(
    input: UnsafeBufferPointer<Float>, output: UnsafeMutableBufferPointer<Float>,
    stepEnds: UnsafeMutablePointer<UInt64>?
  ) throws(RepVGGError) {
    guard let source = input.baseAddress, input.count >= plan.input.elementCount else {
      throw RepVGGError(
        .invalidArgument,
        "the input has \(input.count) elements, \(plan.input) needs \(plan.input.elementCount)")
    }
    let count = plan.outputElementCount
    guard let target = output.baseAddress, output.count >= count else {
      throw RepVGGError(
        .invalidArgument, "the output has room for \(output.count) of \(count) elements")
    }
    var job = Job(
      session: Unmanaged.passUnretained(self), input: source, output: target,
      stepEnds: stepEnds)
    try execute(&job)
    guard !areFinite(UnsafeBufferPointer(start: target, count: count)) else { return }
    throw nonFiniteFailure(job)
  }

  /// Runs every step on all workers.
  private func execute(_ job: inout Job) throws(RepVGGError) {
    lastStep.store(.max, ordering: .relaxed)
    operands.set(input: job.input, output: job.output)
    withUnsafeMutablePointer(to: &job) { job in
      pool.run(UnsafeMutableRawPointer(job)) { context, worker in
        let job = context.assumingMemoryBound(to: Job.self)
        job.pointee.session._withUnsafeGuaranteedRef { $0.work(job, worker: worker) }
      }
    }
    if lastStep.load(ordering: .relaxed) != .max { throw Cancellation.error }
  }

  private func work(_ job: UnsafePointer<Job>, worker: Int) {
    let scratch = scratch.bytes + worker * plan.scratchByteCount
    var end = worker == 0 ? job.pointee.stepEnds : nil
    end?.pointee = DispatchTime.now().uptimeNanoseconds
    for index in plan.steps.indices {
      let reads = operands[index]
      let frame = Frame(
        reads: reads, writes: reads + plan.steps[index].reads.count,
        weights: weights[index], scratch: scratch, worker: worker, workerCount: pool.workerCount)
      if let inspection = job.pointee.inspection {
        inspection._withUnsafeGuaranteedRef { $0.run(index, frame) }
      } else {
        plan.steps[index].kernel.run(frame)
      }
      if worker == 0, cancellation.isRequested { lastStep.store(index, ordering: .relaxed) }
      pool.barrier()
      if let inspection = job.pointee.inspection {
        if worker == 0 { inspection._withUnsafeGuaranteedRef { $0.look(after: index, frame) } }
        pool.barrier()
      }
      if let previous = end {
        end = previous + 1
        end?.pointee = DispatchTime.now().uptimeNanoseconds
      }
      if lastStep.load(ordering: .relaxed) <= index { return }
    }
  }

  /// Why logits are not finite: runs once more and looks at every value on the way.
  private func nonFiniteFailure(_ failed: Job) -> RepVGGError {
    let inspection = Inspection(plan)
    var job = failed
    job.inspection = Unmanaged.passUnretained(inspection)
    // As a new session: what is not finite must not stay, and be found, where nothing writes.
    arena.clear()
    defer { arena.clear() }
    return withExtendedLifetime(inspection) {
      do throws(RepVGGError) { try execute(&job) } catch { return error }
      return inspection.failure(
        input: UnsafeBufferPointer(start: job.input, count: plan.input.elementCount),
        output: UnsafeBufferPointer(
          start: job.output, count: plan.outputElementCount))
    }
  }

  /// Computes the logits of a batch of images, as arrays.
  ///
  /// - Parameter images: `[batch, channels, height, width]`, NCHW.
  /// - Returns: `[batch, outputCount]`.
  /// - Throws: `invalidArgument` where the count does not fit the plan's shape.
  public func run(_ images: [Float]) throws(RepVGGError) -> [Float] {
    guard images.count == plan.input.elementCount else {
      throw RepVGGError(
        .invalidArgument,
        "the input has \(images.count) elements, \(plan.input) needs \(plan.input.elementCount)")
    }
    let output = UnsafeMutableBufferPointer(
      start: self.output.base, count: plan.outputElementCount)
    var failure: RepVGGError?
    images.withUnsafeBufferPointer { input in
      do throws(RepVGGError) { try run(input: input, output: output) } catch { failure = error }
    }
    if let failure { throw failure }
    return Array(output)
  }

  /// A stage's output of the last run, `[batch, channels, height, width]`, NCHW.
  ///
  /// - Parameter name: One of the names in ``Plan/features``.
  /// - Returns: The feature's elements.
  /// - Throws: `invalidArgument` where the plan does not collect a feature of that name.
  public func feature(_ name: String) throws(RepVGGError) -> [Float] {
    Array(try storedFeature(name))
  }

  /// Copies a stage's output of the last run, `[batch, channels, height, width]`, NCHW.
  ///
  /// - Parameters:
  ///   - name: One of the names in ``Plan/features``.
  ///   - output: Receives the feature's elements.
  /// - Throws: `invalidArgument` where the plan does not collect a feature of that name or the
  ///   output is too small for it.
  public func copyFeature(
    _ name: String, to output: UnsafeMutableBufferPointer<Float>
  ) throws(RepVGGError) {
    let stored = try storedFeature(name)
    guard let source = stored.baseAddress, let target = output.baseAddress,
      output.count >= stored.count
    else {
      throw RepVGGError(
        .invalidArgument,
        "the output has room for \(output.count) elements, \(name) has \(stored.count)")
    }
    target.update(from: source, count: stored.count)
  }

  private func storedFeature(_ name: String) throws(RepVGGError) -> UnsafeBufferPointer<Float> {
    guard let feature = plan.features.first(where: { $0.name == name }) else {
      throw RepVGGError(
        .invalidArgument,
        "the plan collects no feature '\(name)', only"
          + " \(plan.features.map(\.name))")
    }
    let count = feature.shape.reduce(1, *)
    let start = UnsafeRawPointer(features.bytes + feature.offset)
    return UnsafeBufferPointer(
      start: start.assumingMemoryBound(to: Float.self), count: count)
  }
}
