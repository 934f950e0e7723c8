extension MeasurementRun {
  /// Measures blocks until the minima are met by accepted ones, by all of them twice over, or the
  /// time is up.
  mutating func takeSamples() throws {
    while !shouldStop() {
      let block = try measureBlock()
      if block.tally.sampleCount > 0 {
        blocks.append(block)
        wholeTally = wholeTally + block.tally
        if block.isAccepted { acceptedTally = acceptedTally + block.tally }
      }
      let isDone = minimaShare(of: acceptedTally) >= 1 || minimaShare(of: wholeTally) >= 2
      if isDone || isTimeUp { return }
    }
  }

  private var isTimeUp: Bool { elapsedNanoseconds >= settings.maximumTimeNanoseconds }

  private mutating func measureBlock() throws -> Block {
    var block = Block(candidateCount: candidates.count)
    let before = driver.readNoise?()
    let start = driver.clock.nowNanoseconds()
    var share = 0.0
    repeat {
      guard try measureRound(into: &block) else { break }
      let tally = acceptedTally + block.tally
      share = minimaShare(of: tally)
      report(
        .measuring, fraction: max(share, timeShare), sampleCount: tally.sampleCount)
    } while nanoseconds(since: start) < settings.blockNanoseconds && !isTimeUp && share < 1
    if let before, let after = driver.readNoise?() {
      let noise = NoiseInterval(from: before, to: after)
      block.noise = noise
      block.isAccepted = noise.violations(of: settings.noiseLimits).isEmpty
    }
    return block
  }

  /// Adds a round to the block; an interrupted one adds nothing, so that samples stay paired, and
  /// returns false.
  private mutating func measureRound(into block: inout Block) throws -> Bool {
    var round: [(index: Int, sample: Double, turn: Int)] = []
    for index in nextRound() {
      if shouldStop() { return false }
      round.append((index, try takeSample(index), turnCount))
      turnCount += 1
    }
    for turn in round {
      block.samples[turn.index].append(turn.sample)
      block.order[turn.index].append(turn.turn)
      block.tally.durations[turn.index] += turn.sample * Double(batchSizes[turn.index])
    }
    block.tally.sampleCount += round.count / candidates.count
    return true
  }

  /// How much of the minima has been measured: the least share over candidates, samples and time.
  private func minimaShare(of tally: Tally) -> Double {
    var share = Double(tally.sampleCount) / Double(max(1, settings.minimumIterations))
    if settings.minimumTimeNanoseconds > 0 {
      for duration in tally.durations {
        share = min(share, duration / Double(settings.minimumTimeNanoseconds))
      }
    }
    return share
  }

  private var timeShare: Double {
    guard settings.maximumTimeNanoseconds > 0 else { return 1 }
    return Double(elapsedNanoseconds) / Double(settings.maximumTimeNanoseconds)
  }

  /// The result of what has been measured so far.
  func result() -> MeasurementResult {
    let accepted = blocks.filter(\.isAccepted)
    let acceptedCount = acceptedTally.sampleCount
    let usesRejected =
      acceptedCount < max(1, settings.minimumIterations) && accepted.count < blocks.count
    let counted = usesRejected ? blocks : accepted
    let series = candidates.indices.map { index in
      CandidateSeries(
        name: candidates[index].name, batchSize: batchSizes[index],
        samplesNanoseconds: counted.flatMap { $0.samples[index] },
        orderIndex: counted.flatMap { $0.order[index] },
        warmUpMediansNanoseconds: warmUpMedians[index])
    }
    return MeasurementResult(
      series: series,
      blocks: blocks.map {
        MeasurementBlock(
          sampleCount: $0.tally.sampleCount, noise: $0.noise, isAccepted: $0.isAccepted)
      },
      noise: NoiseVerdict(blocks.compactMap(\.noise), limits: settings.noiseLimits),
      isInterrupted: isInterrupted, isSettled: isSettled,
      reachedMinimum: minimaShare(of: acceptedTally) >= 1,
      usesRejectedBlocks: usesRejected, warmUpNanoseconds: warmUpNanoseconds,
      elapsedNanoseconds: elapsedNanoseconds)
  }
}
