extension MeasurementRun {
  /// Measures blocks until the minima are met by accepted ones, by all of them twice over, or the
  /// time is up.
  mutating func takeSamples() throws {
    while !shouldStop() {
      let block = try measureBlock()
      if block.samples.contains(where: { !$0.isEmpty }) { blocks.append(block) }
      let accepted = blocks.filter(\.isAccepted)
      let isDone = isMet(by: accepted, times: 1) || isMet(by: blocks, times: 2)
      if isDone || isTimeUp { return }
    }
  }

  private var isTimeUp: Bool { elapsedNanoseconds >= settings.maximumTimeNanoseconds }

  private mutating func measureBlock() throws -> Block {
    var block = Block(candidateCount: candidates.count)
    let accepted = blocks.filter(\.isAccepted)
    let before = driver.readNoise?()
    let start = driver.clock.nowNanoseconds()
    repeat {
      guard try measureRound(into: &block) else { break }
      report(
        .measuring, fraction: progressFraction(of: accepted + [block]),
        sampleCount: (accepted + [block]).reduce(0) { $0 + $1.samples[0].count })
    } while nanoseconds(since: start) < settings.blockNanoseconds && !isTimeUp
      && !isMet(by: accepted + [block], times: 1)
    if let before, let after = driver.readNoise?() {
      let noise = NoiseInterval(from: before, to: after)
      block.noise = noise
      block.isAccepted = noise.violations(of: settings.noiseLimits).isEmpty
    }
    return block
  }

  /// Adds a round to the block; an interrupted one adds nothing, so that samples stay paired, and
  /// gives false.
  private mutating func measureRound(into block: inout Block) throws -> Bool {
    var round = Block(candidateCount: candidates.count)
    for index in nextRound() {
      if shouldStop() { return false }
      let sample = try takeSample(index)
      round.samples[index].append(sample)
      round.order[index].append(turnCount)
      turnCount += 1
    }
    for index in candidates.indices {
      block.samples[index] += round.samples[index]
      block.order[index] += round.order[index]
    }
    return true
  }

  /// Whether every candidate has `factor` times the minima of samples and time in the blocks.
  private func isMet(by blocks: [Block], times factor: Double) -> Bool {
    progressOfMinima(in: blocks) >= factor
  }

  /// How much of the minima the blocks hold: the least share over candidates, samples and time.
  private func progressOfMinima(in blocks: [Block]) -> Double {
    var share = Double.infinity
    for index in candidates.indices {
      let samples = blocks.flatMap { $0.samples[index] }
      if samples.isEmpty { return 0 }
      share = min(share, Double(samples.count) / Double(max(1, settings.minimumIterations)))
      if settings.minimumTimeNanoseconds > 0 {
        let time = samples.reduce(0, +) * Double(batchSizes[index])
        share = min(share, time / Double(settings.minimumTimeNanoseconds))
      }
    }
    return share
  }

  private func progressFraction(of blocks: [Block]) -> Double {
    guard settings.maximumTimeNanoseconds > 0 else { return 1 }
    let spent = Double(elapsedNanoseconds) / Double(settings.maximumTimeNanoseconds)
    return max(progressOfMinima(in: blocks), spent)
  }

  /// The result of what has been measured so far.
  func result() -> MeasurementResult {
    let accepted = blocks.filter(\.isAccepted)
    let reachedMinimum = isMet(by: accepted, times: 1)
    let acceptedCount = accepted.reduce(0) { $0 + $1.samples[0].count }
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
          sampleCount: $0.samples[0].count, noise: $0.noise, isAccepted: $0.isAccepted)
      },
      noise: NoiseVerdict(blocks.compactMap(\.noise), limits: settings.noiseLimits),
      isInterrupted: isInterrupted, isSettled: isSettled, reachedMinimum: reachedMinimum,
      usesRejectedBlocks: usesRejected, warmUpNanoseconds: warmUpNanoseconds,
      elapsedNanoseconds: elapsedNanoseconds)
  }
}
