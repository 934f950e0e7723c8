/// In which order the candidates of a round take their turns.
package enum RoundOrder: String, Sendable, Hashable, CaseIterable {
  /// Forward, then backward (A B B A), one candidate later each round: two samples per round
  /// each, in which a steady drift cancels.
  case abba
  /// A new random order each round, one sample each.
  case random
}

/// How long and in which way to measure.
package struct MeasurementSettings: Sendable, Hashable {
  /// Each candidate's samples add up to this at least, in nanoseconds.
  package var minimumTimeNanoseconds: UInt64 = 2_000_000_000
  /// Each candidate has this many samples at least.
  package var minimumIterations = 20
  /// The whole measurement, warm-up included, ends after this long, in nanoseconds, whatever the
  /// minima say; one round is measured in any case.
  package var maximumTimeNanoseconds: UInt64 = 60_000_000_000
  /// The warm-up of all candidates lasts this long at least, in nanoseconds.
  package var warmUpMinimumNanoseconds: UInt64 = 500_000_000
  /// The warm-up ends after this long, settled or not, in nanoseconds; never later than half of
  /// `maximumTimeNanoseconds`.
  package var warmUpMaximumNanoseconds: UInt64 = 10_000_000_000
  /// A candidate has settled when its last three warm-up medians are within this of each other.
  package var settledTolerance = 0.02
  /// A sample lasts this long at least, in nanoseconds, by repeating the work.
  ///
  /// It lasts ten times the clock's resolution and a ten-thousandth of `minimumTimeNanoseconds` in
  /// any case. 0 keeps single runs
  /// where the work is not tiny, so that percentiles are those of single runs.
  package var minimumSampleNanoseconds: UInt64 = 0
  /// How often the work runs untimed before each sample, so that a sample does not pay for the
  /// caches that the other candidate filled.
  package var primingIterations = 1
  /// The order within a round.
  package var order = RoundOrder.abba
  /// Rounds are judged for noise in blocks of about this long, in nanoseconds.
  package var blockNanoseconds: UInt64 = 250_000_000
  /// What a block may have of noise.
  package var noiseLimits = NoiseLimits()
  /// The seed of random orders.
  package var seed: UInt64 = 1

  /// The defaults: two seconds and twenty samples each, a minute at most.
  package init() {}
}

/// One of the things that are measured against each other.
package struct MeasurementCandidate {
  /// Its name in progress and reports.
  package let name: String
  /// Runs untimed before each sample, such as to set a thread count.
  package let prepare: () throws -> Void
  /// The work that is timed.
  package let body: () throws -> Void

  /// A candidate from its work.
  package init(
    name: String, prepare: @escaping () throws -> Void = {}, body: @escaping () throws -> Void
  ) {
    self.name = name
    self.prepare = prepare
    self.body = body
  }
}

/// How far a measurement is, given to its progress callback between rounds.
package struct MeasurementProgress: Sendable, Hashable {
  /// The parts of a measurement.
  package enum Phase: String, Sendable, Hashable, CaseIterable {
    /// Finding how much work makes a sample.
    case calibrating
    /// Running until times have settled.
    case warmingUp
    /// Taking samples.
    case measuring
  }

  /// The part that it is in.
  package let phase: Phase
  /// The part's estimated progress, from 0 to 1.
  package let fraction: Double
  /// How many samples each candidate has.
  package let sampleCount: Int
  /// The time since the measurement began.
  package let elapsedNanoseconds: UInt64
}
