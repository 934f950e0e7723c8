import CommandLineKit
import Dispatch
import Measurement
import RepVGG
import ToolSupport
import SeededNumbers

/// One network in one form on one input: what is measured as a unit.
struct Scenario: Sendable {
  var source: NetworkSource
  var form: Form
  var batch: Int
  var threadCount: Int
  var size: PixelSize
  var policy = Policy.fast
  var algorithm = Algorithm.auto
  var pinning = Pinning.none
  /// Sessions that run at the same time, each in a thread of its own.
  var streamCount = 1
  /// Where tuned choices come from.
  var tuning = Tuning.none

  var options: PlanOptions {
    PlanOptions(form: form, threadCount: threadCount, policy: policy, algorithm: algorithm)
  }
}

/// A scenario that is ready to run.
final class PreparedScenario {
  let scenario: Scenario
  let modelName: String
  let counts: NetworkCounts
  let plan: Plan
  let session: Session
  /// Durations until the first result, in nanoseconds.
  let loadNanoseconds: UInt64
  let firstRunNanoseconds: UInt64
  private let images: UnsafeMutableBufferPointer<Float>
  private let logits: UnsafeMutableBufferPointer<Float>
  private let streams: StreamGroup?

  convenience init(_ scenario: Scenario) throws {
    let clock = MonotonicClock()
    let start = clock.nowNanoseconds()
    let network = try scenario.source.network()
    try self.init(
      scenario, network: network, loadNanoseconds: clock.nowNanoseconds() - start)
  }

  /// The scenario with a network that exists already.
  init(_ scenario: Scenario, network: Network, loadNanoseconds: UInt64 = 0) throws {
    self.scenario = scenario
    self.loadNanoseconds = loadNanoseconds
    let clock = MonotonicClock()
    let input = try InputShape(
      batch: scenario.batch, channels: network.inputChannels,
      height: scenario.size.height, width: scenario.size.width)
    modelName = network.origin.architecture
    counts = try network.counts(form: scenario.form, height: input.height, width: input.width)
    plan = try scenario.tuning.plan(network, input: input, options: scenario.options)
    let cpus = scenario.pinning.cpus
    session = try plan.makeSession(cpus: cpus)
    images = .allocate(capacity: input.elementCount)
    logits = .allocate(capacity: plan.outputElementCount)
    fillWithImages(images)
    logits.initialize(repeating: 0)
    streams =
      scenario.streamCount > 1
      ? try StreamGroup(
        plan, streamCount: scenario.streamCount, cpus: cpus,
        images: UnsafeBufferPointer(images)) : nil
    let first = clock.nowNanoseconds()
    try session.run(input: UnsafeBufferPointer(images), output: logits)
    firstRunNanoseconds = clock.nowNanoseconds() - first
  }

  deinit {
    images.deallocate()
    logits.deallocate()
  }

  /// Batches that one call of ``run()`` computes.
  var batchesPerRun: Int {
    streams == nil ? 1 : scenario.streamCount * StreamGroup.runsPerTurn
  }

  /// Computes one batch, or a turn of all streams.
  func run() throws(RepVGGError) {
    if let streams { return try streams.run() }
    try session.run(input: UnsafeBufferPointer(images), output: logits)
  }

  /// Nanoseconds of every step of one run.
  func stepNanoseconds() throws(RepVGGError) -> [UInt64] {
    let count = plan.stepDescriptions.count + 1
    let ends = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
    defer { ends.deallocate() }
    try session.run(input: UnsafeBufferPointer(images), output: logits, stepEnds: ends)
    return (1..<count).map { ends[$0] - ends[$0 - 1] }
  }
}

/// Reproducible values between -2 and 2, as normalised images have.
private func fillWithImages(_ images: UnsafeMutableBufferPointer<Float>) {
  var random = SplitMix64(seed: 20_260_101)
  for index in images.indices { images[index] = 2 * random.float() }
}
