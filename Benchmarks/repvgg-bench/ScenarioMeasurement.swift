import CAllocationProbe
import CommandLineKit
import Measurement
import RepVGG
import ToolSupport

/// Measures scenarios in turn: times interleaved in this process, peak memory in a child each.
struct ScenarioMeasurement {
  var settings: MeasurementSettings
  let progress: (MeasurementProgress) -> Void

  /// As long as the command line asks for.
  init(_ arguments: Arguments, _ reporter: ProgressReporter) {
    self.init(minimumTime: arguments[BenchArguments.minimumTime]) { reporter.show($0) }
  }

  init(minimumTime: Duration, progress: @escaping (MeasurementProgress) -> Void = { _ in }) {
    settings = MeasurementSettings()
    let duration = UInt64(max(0, minimumTime.nanosecondsValue))
    settings.minimumTimeNanoseconds = duration
    // Fewer than ten samples could not be compared with those of another run.
    settings.minimumIterations = duration < 500_000_000 ? 10 : 20
    // How long a noisy machine is waited for: a short measurement is not worth a minute.
    settings.maximumTimeNanoseconds = max(
      4 * duration, min(60_000_000_000, max(3_000_000_000, 30 * duration)))
    settings.warmUpMinimumNanoseconds = min(500_000_000, max(50_000_000, duration / 2))
    // A machine that never settles must not be warmed up for longer than it is measured.
    settings.warmUpMaximumNanoseconds = min(10_000_000_000, max(500_000_000, duration))
    self.progress = progress
  }

  /// Measures everything about the scenarios; nil where that was interrupted before every one had
  /// a sample.
  func measure(_ scenarios: [Scenario]) throws -> MeasuredGroup? {
    // Memory first, while this process is still small and the machine idle.
    var peaks: [Int] = []
    for scenario in scenarios {
      guard let peak = try MemoryChild.peakResidentBytes(scenario) else { return nil }
      peaks.append(peak)
    }
    var prepared: [PreparedScenario] = []
    for scenario in scenarios where !SignalTrap.isInterrupted {
      prepared.append(try PreparedScenario(scenario))
    }
    guard !SignalTrap.isInterrupted else { return nil }
    let result = try times(prepared)
    guard result.series.allSatisfy({ $0.summary != nil }) else { return nil }
    let allocations = try prepared.map { try allocationsPerRun($0) }
    return MeasuredGroup(
      scenarios: prepared.indices.map {
        MeasuredScenario(
          prepared[$0], series: result.series[$0], peakResidentBytes: peaks[$0],
          allocationsPerRun: allocations[$0])
      }, result: result)
  }

  /// Times of prepared scenarios, taken in turn.
  func times(_ prepared: [PreparedScenario]) throws -> MeasurementResult {
    try times(
      prepared.map { scenario in
        MeasurementCandidate(name: scenario.scenario.form.rawValue) { try scenario.run() }
      }, cpu: prepared.first?.scenario.pinning.cpus.first)
  }

  /// Times of any candidates, taken in turn, the calling thread kept on a CPU where one is given.
  func times(_ candidates: [MeasurementCandidate], cpu: Int? = nil) throws -> MeasurementResult {
    let driver = InterleavedDriver(
      settings: settings, progress: progress, isInterrupted: { SignalTrap.isInterrupted })
    return try Pinning.pinned(to: cpu) { try driver.measure(candidates) }
  }

  /// Allocations and mappings of one run, in all threads and libraries; nil where the probe does
  /// not count.
  private func allocationsPerRun(_ prepared: PreparedScenario) throws -> Int? {
    guard rvgk_probe_is_active() else { return nil }
    let runs = 3
    guard rvgk_probe_begin() else { return nil }
    for _ in 0..<runs { try prepared.run() }
    let counts = rvgk_probe_end()
    return (Int(counts.allocation_count + counts.mapping_count) + runs - 1) / runs
  }
}
