import CPlatform
import CommandLineKit
import Measurement
import RepVGG
import ToolSupport

/// A child process that holds one form alone, so that its peak memory can be measured.
///
/// The peak of a process is its largest part ever; in one process the forms would hide each other.
enum MemoryChild {
  private static let name = "measure-memory"

  static let command = Command(
    name, summary: "Load, plan and run one form and print this process's peak memory",
    arguments: BenchArguments.scenario, isHidden: true
  ) { arguments in
    let scenario = try Scenario.single(arguments)
    // A child starts with the peak of the process that made it.
    _ = rvgk_reset_peak_resident()
    let prepared = try PreparedScenario(scenario)
    try prepared.run()
    ChildMeasurement.reportPeakResidentMemory()
    let peak = rvgk_read_process_memory().peak_resident_bytes
    try StandardOutput.write("peak_rss_bytes \(peak)\n")
    return .success
  }

  /// The peak resident bytes of a process that loads, plans and runs the scenario, nothing else.
  ///
  /// - Returns: nil where the user interrupted.
  /// - Throws: What the child failed of, with its exit code.
  static func peakResidentBytes(_ scenario: Scenario) throws -> Int? {
    let child = ChildMeasurement(
      executable: ChildMeasurement.ownExecutable, arguments: [name] + scenario.words)
    let outcome = try child.run(isInterrupted: { SignalTrap.isInterrupted })
    switch outcome.status {
    case .interrupted: return nil
    case .exited(code: 0):
      guard let peak = outcome.reportedPeakResidentBytes else {
        throw Failure(exitCode: .internalError, reason: "the child reported no peak memory")
      }
      return Int(peak)
    case .exited(let code):
      throw Failure(
        exitCode: ExitCode(rawValue: code) ?? .failure, reason: outcome.errorText)
    case .signalled(let number):
      throw Failure(
        exitCode: .failure, reason: "the child that measures memory was ended by signal \(number)")
    case .timedOut:
      throw Failure(exitCode: .failure, reason: "the child that measures memory took too long")
    }
  }

  /// Why a child reported no figure: its own message and exit code.
  struct Failure: Error, ExitCodeConvertible, CustomStringConvertible {
    let exitCode: ExitCode
    let description: String

    init(exitCode: ExitCode, reason: String) {
      self.exitCode = exitCode
      let toolPrefix = "repvgg-bench: "
      var text = Substring(reason)
      if text.hasPrefix(toolPrefix) { text = text.dropFirst(toolPrefix.count) }
      while text.last?.isNewline == true { text.removeLast() }
      description = String(text)
    }
  }
}

extension Scenario {
  /// The command line that describes this scenario.
  fileprivate var words: [String] {
    let origin =
      switch source {
      case .seeded(let architecture, let seed):
        ["--model", architecture.name, "--seed", "\(seed)"]
      case .file(let path, let options):
        ["--weights", path, "--epsilon", "\(options.epsilon)"]
          + (options.group.map { ["--group", $0] } ?? [])
          + (options.strides.map { ["--strides", $0.map { "\($0)" }.joined(separator: ",")] } ?? [])
      }
    return origin + [
      "--form", form.rawValue, "--batch", "\(batch)", "--threads", "\(threadCount)",
      "--size", "\(size)", "--policy", policy.rawValue, "--algorithm", algorithm.rawValue,
      "--pin", pinning.description, "--streams", "\(streamCount)", "--tuning",
      tuning.path ?? "none",
    ]
  }

  /// The one scenario that a command line describes.
  fileprivate static func single(_ arguments: Arguments) throws -> Scenario {
    guard let source = try NetworkSource.all(arguments).first,
      let form = arguments[BenchArguments.forms].first,
      let batch = arguments[BenchArguments.batches].first,
      let threads = arguments[BenchArguments.threads].first,
      let size = arguments[BenchArguments.sizes].first,
      let streams = arguments[BenchArguments.streams].first
    else { throw UsageError("one model, form, batch, thread count and size must be given") }
    return Scenario(
      source: source, form: form, batch: batch, threadCount: threads, size: size,
      policy: arguments[BenchArguments.policy], algorithm: arguments[BenchArguments.algorithm],
      pinning: arguments[BenchArguments.pin], streamCount: streams, tuning: Tuning(arguments))
  }
}
