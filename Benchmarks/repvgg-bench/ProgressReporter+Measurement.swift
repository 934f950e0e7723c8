import CommandLineKit
import Measurement

extension ProgressReporter {
  /// Shows where a measurement is.
  func show(_ progress: MeasurementProgress) {
    update(fraction: progress.fraction, detail: progress.phase.rawValue)
  }
}
