import CommandLineKit
import Measurement
import RepVGG
import ToolSupport

/// `repvgg-bench claims`: what structural re-parameterization promises of hardware, tested here.
///
/// The claims are those of RepVGG (Ding et al., CVPR 2021), section 3.1: fewer fragments run more
/// in parallel, branches keep their inputs alive, and one kind of operator can be tuned better.
enum ClaimsExperiment {
  static let models = Option(
    "model", short: "m", .text("NAME"), default: "B0",
    help: "The architecture of the ablation and of the memory claim.")

  static let command = Command(
    "claims", summary: "Tests the three hardware claims of re-parameterization on this CPU",
    discussion: """
      Parallelism: the same multiplications as one large convolution and as 2, 4 and 8 layers of \
      fewer output channels, and a network without branches, with the identity, the 1x1 or both. \
      Memory: live activations by form, batch and size, exact and as the peak of a process. One \
      operator: effective GFLOP/s by kernel size; 5x5 and 7x7 are not among the engine's kernels \
      and run as im2col and sgemm, next to which 1x1 and 3x3 run both ways.
      """,
    arguments: [
      models, BenchArguments.seed, BenchArguments.threads, BenchArguments.pin,
      BenchArguments.minimumTime, BenchArguments.format,
    ]
  ) { arguments in
    var report = ExperimentReport("claims", arguments)
    report.sectionKeys = ("claim", "claims")
    let threads = arguments[BenchArguments.threads].first ?? 1
    let context = ClaimContext(
      model: arguments[models], seed: arguments[BenchArguments.seed], threadCount: threads,
      pinning: arguments[BenchArguments.pin],
      measurement: ScenarioMeasurement(minimumTime: arguments[BenchArguments.minimumTime]))
    report.fields["threads"] = .integer(threads)
    _ = try context.architecture()
    let progress = ProgressReporter.measurements(4, arguments)
    defer { progress.finish() }
    for claim in [
      FragmentClaim.section, BranchAblation.section, MemoryClaim.section, OperatorClaim.section,
    ] where !SignalTrap.isInterrupted {
      report.sections.append(try claim(context))
      progress.advance()
    }
    progress.finish()
    try report.write()
    return SignalTrap.isInterrupted ? .interrupted : .success
  }
}

/// What every claim is tested with.
struct ClaimContext {
  let model: String
  let seed: UInt64
  let threadCount: Int
  let pinning: Pinning
  let measurement: ScenarioMeasurement

  /// The network's architecture.
  func architecture() throws -> Architecture {
    guard let architecture = Architecture.named(model) else {
      throw UsageError("there is no architecture '\(model)'")
    }
    guard architecture.isOfRepVGGBlocks else {
      throw UsageError(
        "the claims are about networks of RepVGG's blocks, such as B0, not \(architecture.name)")
    }
    return architecture
  }

  /// The medians of some works that take turns, in nanoseconds, and whether the machine was quiet.
  func medians(
    _ works: [(name: String, work: () throws -> Void)]
  ) throws -> (nanoseconds: [Double], noise: NoiseVerdict) {
    let result = try measurement.times(
      works.map { MeasurementCandidate(name: $0.name, body: $0.work) }, cpu: pinning.cpus.first)
    return (result.series.map { $0.summary?.median ?? .nan }, result.noise)
  }
}

extension Double {
  /// The number with two decimals, as sentences have it.
  var inWords: String { TextFormat.fixed(self, digits: 2) }
}

extension ReportSection {
  /// Names the noise of the section's measurements, where there was any.
  mutating func judge(_ verdicts: [NoiseVerdict]) {
    let verdict = NoiseVerdict(combining: verdicts)
    noise = verdict.state
    if verdict.state != .quiet { warnings.append("The machine was \(verdict.text)") }
  }
}
