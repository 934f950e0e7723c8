import Dispatch

/// A network compiled for one input shape and thread count: steps, packed weights, arena layout.
///
/// Immutable: one Plan serves any number of ``Session``s in any threads, which share its weights. Plans
/// of a ``PlanCache`` share them with each other where they can.
public final class Plan: Sendable {
  /// The shape of the input, NCHW.
  public let input: InputShape
  /// What the plan was made with.
  public let options: PlanOptions
  /// Number of classes; 0 for a backbone, which has no classifier.
  public let classCount: Int
  /// The name of the network's first output, which `session.run` gives: `logits`, `pooled`.
  public let outputName: String
  /// The shape of the network's first output: `[batch, classCount]` for the logits of a classifier,
  /// `[batch, channels]` for a backbone, which gives the means of the last stage's channels.
  public let outputShape: [Int]
  /// Elements of the network's first output.
  public var outputElementCount: Int { outputShape.reduce(1, *) }
  /// Elements of the network's first output for each image of the batch, rounded down: outputs of
  /// graphs may have no equal parts for images.
  public var outputCount: Int { outputElementCount / input.batch }
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

  /// An output of the network after the first, where the plan collects them.
  public struct Feature: Sendable, Hashable {
    /// `stage0` … `stage4`; RepVGGplus has `stage3_first` too.
    public let name: String
    /// `[batch, channels, height, width]`.
    public let shape: [Int]
    /// Bytes from the start of the session's feature memory.
    let offset: Int
  }

  /// The outputs that ``Session/feature(_:)`` gives.
  public let features: [Feature]

  let steps: [Step]
  /// What the steps read and write, by ``ValueID``.
  let values: [Value]
  /// The first byte of every value in the arena; 0 for values elsewhere.
  let arenaOffsets: [Int]
  /// The network's file, for messages.
  let file: String?
  let packedWeights: PackedWeights
  let scratchByteCount: Int
  let featureByteCount: Int

  /// Scratch of two workers is on different pages.
  private static let scratchAlignment = 4096

  /// Compiles a network.
  ///
  /// - Parameters:
  ///   - network: Branched or merged. A branched network is re-parameterized region by region as
  ///     the form asks, without a second copy in memory.
  ///   - input: The shape of the images.
  ///   - options: Form, threads, features.
  ///   - cancellation: Asked between layers whether the plan is still wanted.
  /// - Throws: `badData` for weights that are not finite and where a merged network is asked for
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
  package convenience init(
    _ network: Network, input: InputShape, options: PlanOptions, machine: Machine,
    cancellation: Cancellation = .never
  ) throws(RepVGGError) {
    try self.init(
      network, input: input, options: options, machine: machine, sharing: [],
      cancellation: cancellation)
  }

  /// The same with packed weights of other plans of the network and machine, where these fit.
  init(
    _ network: Network, input: InputShape, options: PlanOptions, machine: Machine,
    sharing others: [PackedBuffer], cancellation: Cancellation
  ) throws(RepVGGError) {
    guard (1...1024).contains(options.threadCount) else {
      throw RepVGGError(
        .invalidArgument, "\(options.threadCount) threads are out of the range 1 to 1024")
    }
    guard [0, input.channels].contains(network.inputChannels) else {
      throw RepVGGError(
        .invalidArgument,
        "takes images of \(network.inputChannels) channels, the input \(input) has"
          + " \(input.channels)", file: network.origin.file)
    }
    let start = DispatchTime.now().uptimeNanoseconds
    let environment = FloatingPointEnvironment.enter()
    defer { FloatingPointEnvironment.leave(environment) }
    self.input = input
    self.options = options
    classCount = network.classCount

    let graph = try PlanGraph(
      network, input: input, options: options, channelBlock: machine.kernels.channelBlock)
    outputShape = graph.outputs[0].shape
    outputName = graph.outputs[0].name
    let layers = graph.layers(workerCount: options.threadCount).map(\.layer)
    // What no kernel can address is refused as such on every machine.
    for layer in layers { try layer.checkAddressable() }
    try Self.checkMemory(layers)
    let algorithms = try ConvolutionPlanner(machine: machine, options: options).algorithms(
      layers, given: options.choices, cancellation: cancellation)
    var builder = PlanBuilder(workerCount: options.threadCount, kernels: machine.kernels)
    let collected = try network.named { () throws(RepVGGError) in
      try builder.emit(graph, algorithms)
    }
    let arena = ArenaPlanner(
      builder.values.map {
        ArenaPlanner.Value(
          byteCount: $0.arenaByteCount, firstStep: $0.firstStep, lastStep: $0.lastStep)
      })
    features = collected.map { Feature(name: $0.name, shape: $0.shape, offset: $0.offset) }
    featureByteCount = builder.values.reduce(0) {
      if case .features = $1.place {
        $0 + $1.type.byteCount.roundedUp(to: MemoryLayout<Double>.stride)
      } else {
        $0
      }
    }
    steps = Self.stepsClearingBorders(builder, arena)
    values = builder.values
    arenaOffsets = arena.offsets
    file = network.origin.file
    scratchByteCount = builder.scratchByteCount.roundedUp(to: Self.scratchAlignment)
    packedWeights = try network.named { () throws(RepVGGError) -> PackedWeights in
      try PackedWeights(
        builder, form: options.form, sharing: others, cancellation: cancellation)
    }
    let elapsed = DispatchTime.now().uptimeNanoseconds - start
    let fuse = min(elapsed, builder.fuseTime.nanoseconds / UInt64(options.threadCount))
    buildTimes = BuildTimes(fuseNanoseconds: fuse, planNanoseconds: elapsed - fuse)
    memory = Memory(
      weightByteCount: ElementType.float32.byteCount
        * (try network.counts(form: options.form, input: input)).parameters,
      packedWeightByteCount: builder.packedByteCount,
      activationPeakByteCount: arena.peakLiveByteCount,
      arenaByteCount: arena.byteCount,
      workspaceByteCount: scratchByteCount * options.threadCount)
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
    try MemoryCheck.checkMachine(
      holds: ElementType.float32.byteCount * (largest.max() ?? 0))
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
    try PlanGraph(
      network, input: input, options: options,
      channelBlock: Machine.current.kernels.channelBlock
    ).layers(workerCount: options.threadCount)
  }

  /// The steps; values whose memory others use get their border zeroed first.
  private static func stepsClearingBorders(
    _ builder: PlanBuilder, _ arena: ArenaPlanner
  ) -> [Step] {
    var cleared: Set<ValueID> = []
    return builder.steps.map { step in
      var step = step
      for (index, value) in step.writes.enumerated() {
        let whole = builder.root(value)
        let target = builder.values[whole.index]
        guard cleared.insert(whole).inserted, target.needsBorder,
          mustClearBorder(whole.index, builder, arena)
        else { continue }
        step.kernel = BorderStep(
          layout: target.type.layout, index: index, byteOffset: builder.partOffset(value),
          next: step.kernel)
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
      arena.offsets[value]..<arena.offsets[value] + builder.values[value].arenaByteCount
    }
    let own = range(index)
    return builder.values.indices.contains { other in
      other != index && range(other).overlaps(own)
        && (arena.offsets[other] != arena.offsets[index]
          || builder.values[other].type != builder.values[index].type)
    }
  }
}
