import Foundation
import Measurement
import RepVGG
import Testing

/// What the suites of the gate share.
enum PerformanceGate {
  /// Whether this process runs the gate alone: other tests would disturb what it measures.
  static let isAlone = ProcessInfo.processInfo.environment["REPVGG_PERF"] == "1"

  /// Whether recorded values are to be replaced by today's.
  static let updatesBaselines =
    ProcessInfo.processInfo.environment["REPVGG_UPDATE_BASELINES"] == "1"

  /// A file in Benchmarks/Baselines.
  static func baseline(_ name: String, file: String = #filePath) -> URL {
    URL(filePath: file).deletingLastPathComponent().appending(
      path: "../../Benchmarks/Baselines/\(name)"
    ).standardized
  }

  /// A ratio of the shortest times of two works that take turns: the first's over the second's.
  ///
  /// Noise only adds, and the shortest of more and more turns comes nearer to what the work takes:
  /// where one measurement does not show the limit, up to four do, up to eight on a noisy machine.
  static func ratio(
    atLeast limit: Double, _ slow: @escaping () throws -> Void, _ fast: @escaping () throws -> Void
  ) throws -> Double {
    var settings = MeasurementSettings()
    settings.minimumTimeNanoseconds = 100_000_000
    settings.minimumIterations = 20
    settings.warmUpMinimumNanoseconds = 30_000_000
    settings.warmUpMaximumNanoseconds = 300_000_000
    settings.maximumTimeNanoseconds = 3_000_000_000
    var (slowest, fastest) = (Double.infinity, Double.infinity)
    var attempts = 4.0
    while attempts > 0 {
      let result = try InterleavedDriver(settings: settings).measure([
        MeasurementCandidate(name: "slow", body: slow),
        MeasurementCandidate(name: "fast", body: fast),
      ])
      attempts -= result.noise.state == .noisy ? 0.5 : 1
      guard let first = result.series[0].summary, let second = result.series[1].summary else {
        continue
      }
      slowest = min(slowest, first.minimum)
      fastest = min(fastest, second.minimum)
      if slowest / fastest >= limit { break }
    }
    return slowest / fastest
  }
}

/// A session with its images and logits.
final class PreparedRun {
  let plan: Plan
  private let session: Session
  private let images: UnsafeMutableBufferPointer<Float>
  private let logits: UnsafeMutableBufferPointer<Float>

  init(_ model: String, batch: Int = 1, size: Int = 224, options: PlanOptions) throws {
    let architecture = try #require(Architecture.named(model))
    let input = try InputShape(batch: batch, height: size, width: size)
    plan = try Plan(Network(architecture, seed: 1), input: input, options: options)
    session = try plan.makeSession()
    images = .allocate(capacity: input.elementCount)
    for index in images.indices { images[index] = Float(index % 29) * 0.1 - 1.4 }
    logits = .allocate(capacity: batch * plan.classCount)
    logits.initialize(repeating: 0)
  }

  deinit {
    images.deallocate()
    logits.deallocate()
  }

  func run() throws {
    try session.run(input: UnsafeBufferPointer(images), output: logits)
  }

  /// Nanoseconds of each step of one run.
  func stepNanoseconds() throws -> [UInt64] {
    let steps = plan.stepDescriptions
    return try withUnsafeTemporaryAllocation(of: UInt64.self, capacity: steps.count + 1) { ends in
      try session.run(
        input: UnsafeBufferPointer(images), output: logits, stepEnds: ends.baseAddress)
      return steps.indices.map { ends[$0 + 1] - ends[$0] }
    }
  }
}

/// The shortest time that each of some steps ever took.
///
/// Noise only adds. A whole network is hardly ever computed undisturbed on a busy machine, each
/// of its steps soon is.
struct ShortestTimes {
  private(set) var nanoseconds: [UInt64] = []

  /// Their sum.
  var total: Double { nanoseconds.reduce(0.0) { $0 + Double($1) } }

  /// Counts one run.
  mutating func add(_ times: [UInt64]) {
    nanoseconds =
      nanoseconds.isEmpty ? times : zip(nanoseconds, times).map { min($0, $1) }
  }
}
