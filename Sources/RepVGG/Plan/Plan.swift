import Dispatch
import Glibc
import Synchronization

/// A network compiled for one input shape and thread count: steps, packed weights, arena layout.
///
/// Immutable: one Plan serves any number of ``Session``s in any threads, which share its weights.
public final class Plan: Sendable {
  /// The shape of the input, NCHW.
  public let input: InputShape
  /// What the plan was made with.
  public let options: PlanOptions
  /// Number of classes; 0 for a backbone, which has no classifier.
  public let classCount: Int
  /// What one image gives: `session.run` gives `[batch, outputCount]`, the logits of the classes, or,
  /// of a backbone, the means of the last stage's channels.
  public let outputCount: Int
  /// Memory that the plan and each of its sessions take.
  public let memory: Memory

  /// How long making the plan took, in nanoseconds of wall time.
  public let buildTimes: BuildTimes

  /// Wall time of the parts of making a plan.
  public struct BuildTimes: Sendable, Hashable {
    /// Evaluating the blocks' expressions: reading, merging, rounding.
    public let fuseNanoseconds: UInt64
    /// Everything else: planning, packing, laying out memory.
    public let planNanoseconds: UInt64
  }

  /// Exact sizes in bytes.
  public struct Memory: Sendable, Hashable {
    /// The network's stored values in this form, as Float32.
    public let weightByteCount: Int
    /// Packed weights, shared by all sessions.
    public let packedWeightByteCount: Int
    /// The largest sum of activations alive at one step.
    public let activationPeakByteCount: Int
    /// The arena that holds the activations of one session.
    public let arenaByteCount: Int
    /// Scratch of all workers of one session (im2col patches, tiles).
    public let workspaceByteCount: Int
  }

  /// One stage's output, where the plan collects features.
  public struct Feature: Sendable, Hashable {
    /// `stage0` … `stage4`; RepVGGplus has `stage3_first` too.
    public let name: String
    /// `[batch, channels, height, width]`.
    public let shape: [Int]
    let offset: Int
  }

  /// The outputs that ``Session/feature(_:)`` gives.
  public let features: [Feature]

  let steps: [Step]
  /// What the steps read and write, by ``ValueID``.
  let values: [Value]
  /// The first float of every value in the arena; 0 for values elsewhere.
  let arenaOffsets: [Int]
  /// The network's file, for messages.
  let file: String?
  let tape: AlignedBuffer
  let arenaElementCount: Int
  let scratchElementCount: Int

  /// Readable floats behind the last weight, for kernels that fetch ahead.
  private static let tapeSlack = 32 * 1024

  /// Compiles a network.
  ///
  /// - Parameters:
  ///   - network: Branched or plain. A branched network is re-parameterized block by block as
  ///     the form asks, without a second copy in memory.
  ///   - input: The shape of the images.
  ///   - options: Form, threads, features.
  ///   - cancellation: Asked between layers whether the plan is still wanted.
  /// - Throws: `badData` for weights that are not finite and where a deployed network is asked for
  ///   its branches, `invalidArgument` for a thread count out of range or an input of other
  ///   channels than the network's, `outOfMemory`, `unsupported` where ``Algorithm/im2col`` finds no
  ///   OpenBLAS, `cancelled`.
  public convenience init(
    _ network: Network, input: InputShape, options: PlanOptions = PlanOptions(),
    cancellation: Cancellation = .never
  ) throws(RepVGGError) {
    try self.init(
      network, input: input, options: options, machine: .current, cancellation: cancellation)
  }

  /// Compiles a network with the choices for a machine whose kernels this one runs.
  package init(
    _ network: Network, input: InputShape, options: PlanOptions, machine: Machine,
    cancellation: Cancellation = .never
  ) throws(RepVGGError) {
    guard (1...1024).contains(options.threadCount) else {
      throw RepVGGError(
        .invalidArgument, "\(options.threadCount) threads are out of the range 1 to 1024")
    }
    guard network.state == .branched || options.form == .plain else {
      throw RepVGGError(
        .badData,
        "is already deployed: its branches were merged, so the \(options.form.rawValue) form"
          + " cannot be run", file: network.origin.file)
    }
    guard input.channels == network.architecture.inputChannels else {
      throw RepVGGError(
        .invalidArgument,
        "takes images of \(network.architecture.inputChannels) channels, the input \(input) has"
          + " \(input.channels)", file: network.origin.file)
    }
    let start = DispatchTime.now().uptimeNanoseconds
    let environment = FloatingPointEnvironment.enter()
    defer { FloatingPointEnvironment.leave(environment) }
    self.input = input
    self.options = options
    classCount = network.architecture.classCount
    outputCount = network.outputCount

    // Once to learn the layers, once with the choices made for all of them together.
    let layers = try Self.convolutionLayers(network, input: input, options: options)
      .map { $0.layer }
    try Self.checkMemory(layers)
    let algorithms = try ConvolutionPlanner(machine: machine, options: options).algorithms(
      layers, given: options.choices, cancellation: cancellation)
    var builder = PlanBuilder(
      workerCount: options.threadCount, kernels: machine.kernels, algorithms: algorithms)
    let collected = try network.named { () throws(RepVGGError) in
      try builder.lower(network, input: input, options: options)
    }
    let arena = ArenaPlanner(
      builder.values.map {
        ArenaPlanner.Value(
          elementCount: $0.place == .arena ? $0.elementCount : 0, firstStep: $0.firstStep,
          lastStep: $0.lastStep)
      })
    features = collected.map {
      Feature(
        name: $0.name,
        shape: [$0.layout.batch, $0.layout.channels, $0.layout.height, $0.layout.width],
        offset: $0.offset)
    }
    steps = Self.stepsClearingBorders(builder, arena)
    values = builder.values
    arenaOffsets = arena.offsets
    file = network.origin.file
    arenaElementCount = arena.elementCount
    scratchElementCount = (builder.scratchElementCount + 1023) / 1024 * 1024
    let tape = try AlignedBuffer(elementCount: builder.tapeElementCount + Self.tapeSlack)
    try network.named { () throws(RepVGGError) in
      try Self.pack(
        builder.weights, into: tape.base, threadCount: options.threadCount,
        cancellation: cancellation)
    }
    let elapsed = DispatchTime.now().uptimeNanoseconds - start
    let fuse = min(elapsed, builder.fuseTime.nanoseconds / UInt64(options.threadCount))
    buildTimes = BuildTimes(fuseNanoseconds: fuse, planNanoseconds: elapsed - fuse)
    memory = Memory(
      weightByteCount: 4
        * network.counts(form: options.form, height: input.height, width: input.width).parameters,
      packedWeightByteCount: 4 * builder.tapeElementCount,
      activationPeakByteCount: 4 * arena.peakLiveElementCount,
      arenaByteCount: 4 * arena.elementCount,
      workspaceByteCount: 4 * scratchElementCount * options.threadCount)
    self.tape = tape
  }

  /// Makes the working memory and threads for running this plan from one thread at a time.
  ///
  /// - Parameters:
  ///   - cpus: CPUs to pin the workers to, in turn; empty for none.
  ///   - cancellation: Asked after every layer of a run whether its result is still wanted.
  /// - Returns: A session for one calling thread.
  /// - Throws: `outOfMemory` where memory or threads cannot be had.
  public func makeSession(
    cpus: [Int] = [], cancellation: Cancellation = .never
  ) throws(RepVGGError) -> Session {
    try Session(plan: self, cpus: cpus, cancellation: cancellation)
  }

  /// Refuses at once activations that the machine could never hold, and a process that has no memory
  /// left for planning.
  private static func checkMemory(_ layers: [ConvolutionLayer]) throws(RepVGGError) {
    let largest = layers.map { $0.shape.source.elementCount + $0.shape.destination.elementCount }
    try MemoryCheck.checkMachine(holds: 4 * (largest.max() ?? 0))
    try MemoryCheck.checkAvailable(0, for: "planning")
  }

  /// What the steps do, in their order.
  package var stepDescriptions: [StepDescription] { steps.map(\.description) }

  /// Whether a step computes by OpenBLAS.
  var callsOpenBLAS: Bool {
    stepDescriptions.flatMap(\.layers).contains { $0.algorithm == Im2ColMethod.name }
  }

  /// The convolutions that a plan would consist of, in their order, and what reports call them.
  package static func convolutionLayers(
    _ network: Network, input: InputShape, options: PlanOptions
  ) throws(RepVGGError) -> [(name: String, layer: ConvolutionLayer)] {
    var probe = PlanBuilder(workerCount: options.threadCount, kernels: Machine.current.kernels)
    _ = try network.named { () throws(RepVGGError) in
      try probe.lower(network, input: input, options: options)
    }
    let names = probe.steps.flatMap(\.description.layers).filter { $0.convolution != nil }
      .map(\.name)
    precondition(names.count == probe.layers.count, "a convolution has no step, or more than one")
    return zip(names, probe.layers).map { (name: $0, layer: $1) }
  }

  /// The steps; values whose memory others use get their border zeroed first.
  private static func stepsClearingBorders(
    _ builder: PlanBuilder, _ arena: ArenaPlanner
  ) -> [Step] {
    var cleared: Set<ValueID> = []
    return builder.steps.map { step in
      var step = step
      for (index, value) in step.writes.enumerated() where cleared.insert(value).inserted {
        let target = builder.values[value.index]
        guard target.needsBorder, let layout = target.layout,
          mustClearBorder(value.index, builder, arena)
        else { continue }
        step.kernel = BorderStep(layout: layout, index: index, next: step.kernel)
      }
      return step
    }
  }

  /// Memory starts as zeros and steps write pixels only, so a border stays zero unless a value of
  /// another layout or place shares its memory.
  private static func mustClearBorder(
    _ index: Int, _ builder: PlanBuilder, _ arena: ArenaPlanner
  ) -> Bool {
    let range = { (value: Int) -> Range<Int> in
      let count = builder.values[value].place == .arena ? builder.values[value].elementCount : 0
      return arena.offsets[value]..<arena.offsets[value] + count
    }
    let own = range(index)
    return builder.values.indices.contains { other in
      other != index && range(other).overlaps(own)
        && (arena.offsets[other] != arena.offsets[index]
          || builder.values[other].layout != builder.values[index].layout)
    }
  }

  /// Evaluates and packs all weights, several blocks at a time.
  private static func pack(
    _ weights: [PlanBuilder.PendingWeights], into tape: UnsafeMutablePointer<Float>,
    threadCount: Int, cancellation: Cancellation
  ) throws(RepVGGError) {
    let failure = Mutex<(index: Int, error: RepVGGError)?>(nil)
    let next = Atomic<Int>(0)
    let pool = try ThreadPool(workerCount: min(threadCount, max(1, weights.count)))
    // The allocator reserves memory for a thread when it first asks: before the question below.
    pool.run { _ in free(malloc(1)) }
    let working = weights.map(\.workingByteCount).sorted().suffix(pool.workerCount).reduce(0, +)
    try MemoryCheck.checkAvailable(working, for: "merging and packing weights")
    pool.run { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < weights.count, failure.withLock({ $0 == nil }) else { return }
        do throws(RepVGGError) {
          try cancellation.check()
          try weights[index].pack(tape + weights[index].offset)
        } catch {
          failure.withLock { first in
            if first.map({ index < $0.index }) ?? true { first = (index, error) }
          }
        }
      }
    }
    if let (_, error) = failure.withLock({ $0 }) { throw error }
  }
}
