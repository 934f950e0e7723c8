import CPlatform
import CommandLineKit
import Foundation
import Measurement
import RepVGG

/// A child process that holds one form alone, so that its peak memory can be told.
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
    let report: JSONValue = [
      "peak_rss_bytes": .integer(Int(rvgk_read_process_memory().peak_resident_bytes))
    ]
    try StandardOutput.write(JSONWriter(.compact).text(report) + "\n")
    return .success
  }

  /// The peak resident bytes of a process that loads, plans and runs the scenario, nothing else.
  static func peakResidentBytes(_ scenario: Scenario) throws -> Int {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [name] + scenario.words
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let document = try JSONReader().value(String(decoding: data, as: UTF8.self))
    guard process.terminationStatus == 0, let peak = document["peak_rss_bytes"]?.integerValue else {
      throw RepVGGError(.internalInconsistency, "the process that measures memory failed")
    }
    return peak
  }
}

extension Scenario {
  /// The command line that describes this scenario.
  fileprivate var words: [String] {
    let origin =
      switch source {
      case .seeded(let architecture, let seed):
        ["--model", architecture.name, "--seed", "\(seed)"]
      case .file(let path): ["--weights", path]
      }
    return origin + [
      "--form", form.rawValue, "--batch", "\(batch)", "--threads", "\(threadCount)",
      "--size", "\(size)", "--policy", policy.rawValue, "--algorithm", algorithm.rawValue,
      "--pin", pinning.text, "--streams", "\(streamCount)",
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
      pinning: arguments[BenchArguments.pin], streamCount: streams)
  }
}
