import CAllocationProbe
import CommandLineKit
import Measurement
import RepVGG

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
    settings.maximumTimeNanoseconds = max(60_000_000_000, 4 * duration)
    settings.warmUpMinimumNanoseconds = min(500_000_000, max(50_000_000, duration / 2))
    self.progress = progress
  }

  /// Measures everything about the scenarios.
  func measure(_ scenarios: [Scenario]) throws -> MeasuredGroup {
    // Memory first, while this process is still small and the machine idle.
    let peaks = try scenarios.map { try MemoryChild.peakResidentBytes($0) }
    let prepared = try scenarios.map { try PreparedScenario($0) }
    let result = try times(prepared)
    let allocations = try prepared.map { try allocationsPerRun($0) }
    return MeasuredGroup(
      scenarios: zip(prepared, zip(peaks, allocations)).enumerated().map { index, item in
        MeasuredScenario(
          item.0, series: result.series[index], peakResidentBytes: item.1.0,
          allocationsPerRun: item.1.1)
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
