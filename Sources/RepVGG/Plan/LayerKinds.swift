/// The layers of a plan by what candidates and costs depend on, each kind's candidates found and
/// their work counted once.
struct LayerKinds {
  struct Candidate {
    let choice: ConvolutionChoice
    let work: LayerWork
    let packedByteCount: Int
  }

  /// By layer.
  private(set) var kindOfLayer: [Int] = []
  /// By kind, never empty.
  private(set) var candidates: [[Candidate]] = []
  /// Bytes of the unpacked weights of each kind's layers, and of all layers.
  private var weightByteCounts: [Int] = []
  var plainByteCount: Int { kindOfLayer.reduce(0) { $0 + weightByteCounts[$1] } }

  init(
    _ layers: [ConvolutionLayer], planner: ConvolutionPlanner, cancellation: Cancellation
  ) throws(RepVGGError) {
    var known: [ConvolutionLayer: Int] = [:]
    for layer in layers {
      try cancellation.check()
      if let kind = known[layer] {
        kindOfLayer.append(kind)
        continue
      }
      known[layer] = candidates.count
      kindOfLayer.append(candidates.count)
      candidates.append(
        try planner.candidates(layer).map {
          Candidate(
            choice: $0,
            work: $0.method.work(of: layer, kernels: planner.machine.kernels),
            packedByteCount: $0.method.packedByteCount(of: layer))
        })
      weightByteCounts.append(layer.shape.weightByteCount)
    }
  }

  /// Nanoseconds by kind and candidate.
  func prices(_ model: CostModel) -> [[Double]] {
    candidates.map { $0.map { model.nanoseconds($0.work) } }
  }

  func packedByteCount(_ chosen: [Int]) -> Int {
    zip(kindOfLayer, chosen).reduce(0) { $0 + candidates[$1.0][$1.1].packedByteCount }
  }

  /// The cheapest candidate of every layer.
  func fastest(_ prices: [[Double]]) -> [Int] {
    let best = candidates.indices.map { cheapest(candidates[$0].indices, prices[$0]) }
    return kindOfLayer.map { best[$0] }
  }

  /// Convolution weights may take this many times their plain size under `compact`: chosen such that
  /// with the head's padding the whole stays below the 1.1 that ``Policy/compact`` promises.
  private static let compactFactor = 1.07

  /// The smallest choices, then the upgrades that save most time for their bytes while the
  /// budget lasts: early layers have few weights and many pixels.
  func compact(_ prices: [[Double]]) -> [Int] {
    let small = candidates.indices.map { kind in
      let fitting = candidates[kind].indices.filter {
        candidates[kind][$0].packedByteCount <= weightByteCounts[kind]
      }
      return cheapest(fitting.isEmpty ? Array(candidates[kind].indices) : fitting, prices[kind])
    }
    var upgrades: [(layer: Int, candidate: Int, extraByteCount: Int, savedPerByte: Double)] = []
    for (layer, kind) in kindOfLayer.enumerated() {
      for (index, candidate) in candidates[kind].enumerated() {
        let saved = prices[kind][small[kind]] - prices[kind][index]
        let extra = candidate.packedByteCount - candidates[kind][small[kind]].packedByteCount
        guard saved > 0, extra > 0 else { continue }
        upgrades.append((layer, index, extra, saved / Double(extra)))
      }
    }
    var chosen = kindOfLayer.map { small[$0] }
    var budget = Int((Self.compactFactor - 1) * Double(plainByteCount))
    var upgraded: Set<Int> = []
    for upgrade in upgrades.sorted(by: { $0.savedPerByte > $1.savedPerByte })
    where upgrade.extraByteCount <= budget && upgraded.insert(upgrade.layer).inserted {
      budget -= upgrade.extraByteCount
      chosen[upgrade.layer] = upgrade.candidate
    }
    return chosen
  }

  /// Equal prices keep the earlier candidate: the order is part of the plan's determinism.
  private func cheapest(_ candidates: some Collection<Int>, _ prices: [Double]) -> Int {
    guard let cheapest = candidates.min(by: { prices[$0] < prices[$1] }) else {
      preconditionFailure("a layer without candidates cannot be planned")
    }
    return cheapest
  }
}
