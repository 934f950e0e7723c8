/// One candidate's samples.
package struct CandidateSeries: Sendable, Hashable {
  /// The candidate's name.
  package let name: String
  /// How many runs of the work one sample holds.
  package let batchSize: Int
  /// The samples that count, as nanoseconds of one run, in the order taken.
  ///
  /// Sample i of every candidate belongs to the same round, so that they are pairs.
  package let samplesNanoseconds: [Double]
  /// For each of the samples that count, the place of its turn among all timed turns, from 0.
  package let orderIndex: [Int]
  /// The medians of the warm-up, as nanoseconds of one run.
  package let warmUpMediansNanoseconds: [Double]

  /// The summary of the samples that count; nil without samples.
  package var summary: SampleSummary? { SampleSummary(samplesNanoseconds) }
}

/// A stretch of rounds that was judged for noise.
package struct MeasurementBlock: Sendable, Hashable {
  /// How many samples each candidate has in it.
  package let sampleCount: Int
  /// What the noise was; nil where the measurement has no gauge.
  package let noise: NoiseInterval?
  /// Whether its samples exceed no limit.
  package let isAccepted: Bool
}

/// The result of an interleaved measurement.
package struct MeasurementResult: Sendable, Hashable {
  /// The candidates' samples, in the order given.
  package let series: [CandidateSeries]
  /// The blocks, in the order measured.
  package let blocks: [MeasurementBlock]
  /// The verdict on the machine.
  package let noise: NoiseVerdict
  /// Whether the caller ended it; complete rounds count.
  package let isInterrupted: Bool
  /// Whether every candidate's warm-up settled.
  package let isSettled: Bool
  /// Whether the minima of time and samples were met with accepted blocks.
  package let reachedMinimum: Bool
  /// Whether samples of disturbed blocks count, because the accepted ones are fewer than the
  /// minimum.
  package let usesRejectedBlocks: Bool
  /// How long the warm-up took.
  package let warmUpNanoseconds: UInt64
  /// How long everything took.
  package let elapsedNanoseconds: UInt64

  /// What a reader should know before believing the figures, a sentence each without a full stop.
  package var warnings: [String] {
    var list: [String] = []
    if isInterrupted { list.append("Interrupted before the measurement was complete") }
    if !isSettled { list.append("Times had not settled when the warm-up ended") }
    if !reachedMinimum && !isInterrupted {
      list.append("The minimum of quiet samples was not reached in the time allowed")
    }
    if noise.state == .noisy { list.append("The machine was \(noise.text)") }
    if usesRejectedBlocks { list.append("Samples of disturbed blocks are included") }
    for series in series {
      if let outliers = series.summary?.outlierCount, outliers > 0 {
        list.append(
          "\(series.name): \(outliers) of \(series.samplesNanoseconds.count) are outliers")
      }
    }
    return list
  }

  /// Compares two of the candidates, by their places, over their pairs.
  ///
  /// - Throws: `MeasurementError` where there is no such candidate or no sample.
  package func comparison(
    baseline: Int, candidate: Int, bootstrap: BootstrapSettings = BootstrapSettings()
  ) throws(MeasurementError) -> PairedComparison {
    guard series.indices.contains(baseline), series.indices.contains(candidate) else {
      throw MeasurementError("there is no candidate \(baseline) or \(candidate)")
    }
    return try PairedComparison(
      baseline: series[baseline].samplesNanoseconds,
      candidate: series[candidate].samplesNanoseconds, bootstrap: bootstrap)
  }
}
