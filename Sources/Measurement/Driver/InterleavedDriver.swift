/// Measures candidates in turn within one process, so that what disturbs one disturbs the others.
///
/// First it finds how many runs make a sample, then it runs all candidates in rounds until their
/// times have settled, then it takes samples in rounds. Rounds are grouped into blocks; a block
/// during which the machine was noisy is left out, and more are measured, up to twice the minima.
package struct InterleavedDriver {
  /// How long and in which way.
  package var settings: MeasurementSettings
  let clock: any NanosecondClock
  let readNoise: (() -> NoiseReading)?
  let progress: (MeasurementProgress) -> Void
  let isInterrupted: () -> Bool

  /// - Parameters:
  ///   - settings: how long and in which way.
  ///   - clock: what times the samples.
  ///   - readNoise: what reads the noise before and after each block; nil judges nothing.
  ///   - progress: called between rounds, outside the timed parts.
  ///   - isInterrupted: asked before each sample; once it is true, the measurement ends and the
  ///     complete rounds count.
  package init(
    settings: MeasurementSettings = MeasurementSettings(),
    clock: any NanosecondClock = MonotonicClock(),
    readNoise: (() -> NoiseReading)? = NoiseGauge().read,
    progress: @escaping (MeasurementProgress) -> Void = { _ in },
    isInterrupted: @escaping () -> Bool = { false }
  ) {
    self.settings = settings
    self.clock = clock
    self.readNoise = readNoise
    self.progress = progress
    self.isInterrupted = isInterrupted
  }

  /// Measures the candidates against each other.
  ///
  /// - Throws: `MeasurementError` without candidates; what a candidate's work throws.
  package func measure(_ candidates: [MeasurementCandidate]) throws -> MeasurementResult {
    guard !candidates.isEmpty else { throw MeasurementError("there is nothing to measure") }
    var run = MeasurementRun(driver: self, candidates: candidates)
    try run.calibrate()
    try run.warmUp()
    try run.takeSamples()
    return run.result()
  }
}
