/// Chooses an algorithm and its parameters for every convolution of a plan.
///
/// Candidates come from an ordered list of algorithms, each of which may refuse a layer; the last,
/// im2col, never does. The cost of weights depends on how many bytes the whole network streams,
/// so choices are made for all layers together, repeatedly, until they no longer change.
package struct ConvolutionPlanner: Sendable {
  package let machine: Machine
  package let policy: Policy
  package let algorithm: Algorithm

  package init(machine: Machine = .current, options: PlanOptions) {
    self.machine = machine
    policy = options.policy
    algorithm = options.algorithm
  }

  /// A choice for every layer, by its name.
  ///
  /// - Throws: `cancelled`.
  package func choices(
    _ requests: [LayerRequest], cancellation: Cancellation = .never
  ) throws(RepVGGError) -> [String: LayerChoice] {
    let candidates = try candidates(requests, cancellation: cancellation)
    var tapeByteCount = requests.reduce(0) { $0 + $1.shape.weightByteCount }
    var chosen = [LayerChoice](repeating: .im2col, count: requests.count)
    for _ in 0..<4 {
      try cancellation.check()
      let model = CostModel(machine: machine, tapeByteCount: tapeByteCount)
      let next =
        policy == .compact
        ? compactChoices(requests, candidates, model)
        : requests.indices.map { Self.best(candidates[$0], requests[$0], model) }
      tapeByteCount = zip(requests, next).reduce(0) { $0 + $1.1.packedByteCount($1.0) }
      if next == chosen { break }
      chosen = next
    }
    return Dictionary(
      zip(requests.map(\.name), chosen), uniquingKeysWith: { first, _ in first })
  }

  /// Convolution weights may take this many times their plain size under `compact`: chosen so that
  /// with the head's padding the whole stays below the 1.1 that ``Policy/compact`` promises.
  private static let compactFactor = 1.07

  /// The smallest choices, then the upgrades that save most time for their bytes while the
  /// budget lasts: early layers have few weights and many pixels.
  private func compactChoices(
    _ requests: [LayerRequest], _ candidates: [[LayerChoice]], _ model: CostModel
  ) -> [LayerChoice] {
    struct Upgrade {
      let layer: Int
      let choice: LayerChoice
      let savedNanoseconds: Double
      let extraByteCount: Int
      var value: Double { savedNanoseconds / Double(max(1, extraByteCount)) }
    }
    let plainByteCount = requests.reduce(0) { $0 + $1.shape.weightByteCount }
    var budget = Int((Self.compactFactor - 1) * Double(plainByteCount))
    var chosen = requests.indices.map { layer in
      Self.best(
        candidates[layer].filter {
          $0.packedByteCount(requests[layer]) <= requests[layer].shape.weightByteCount
        }, requests[layer], model)
    }
    var upgrades: [Upgrade] = []
    for layer in requests.indices {
      let (cost, byteCount) = (
        model.nanoseconds(chosen[layer], requests[layer]),
        chosen[layer].packedByteCount(requests[layer])
      )
      for candidate in candidates[layer] {
        let saved = cost - model.nanoseconds(candidate, requests[layer])
        let extra = candidate.packedByteCount(requests[layer]) - byteCount
        guard saved > 0, extra > 0 else { continue }
        upgrades.append(
          Upgrade(
            layer: layer, choice: candidate, savedNanoseconds: saved, extraByteCount: extra))
      }
    }
    var upgraded: Set<Int> = []
    for upgrade in upgrades.sorted(by: { $0.value > $1.value })
    where upgrade.extraByteCount <= budget && upgraded.insert(upgrade.layer).inserted {
      budget -= upgrade.extraByteCount
      chosen[upgrade.layer] = upgrade.choice
    }
    return chosen
  }

  private static func best(
    _ candidates: [LayerChoice], _ request: LayerRequest, _ model: CostModel
  ) -> LayerChoice {
    // Equal costs keep the earlier candidate: the order is part of the plan's determinism.
    var best = (choice: LayerChoice.im2col, cost: Double.infinity)
    for candidate in candidates {
      let cost = model.nanoseconds(candidate, request)
      if cost < best.cost { best = (candidate, cost) }
    }
    return best.choice
  }

  /// ``candidates(_:)-(LayerRequest)`` of every layer, found once for those of equal geometry.
  ///
  /// - Throws: `cancelled`.
  package func candidates(
    _ requests: [LayerRequest], cancellation: Cancellation = .never
  ) throws(RepVGGError) -> [[LayerChoice]] {
    var known: [LayerRequest.Geometry: [LayerChoice]] = [:]
    var lists: [[LayerChoice]] = []
    for request in requests {
      try cancellation.check()
      let list = known[request.geometry] ?? candidates(request)
      known[request.geometry] = list
      lists.append(list)
    }
    return lists
  }

  /// Every choice that the policy allows and an algorithm accepts, most promising first.
  package func candidates(_ request: LayerRequest) -> [LayerChoice] {
    var list: [LayerChoice] = []
    let allowsWinograd =
      policy != .exact && (algorithm == .auto || algorithm == .winograd)
      && request.shape.kernelSize == 3
    if allowsWinograd { list += winogradCandidates(request) }
    if algorithm != .im2col, algorithm != .winograd || list.isEmpty || policy == .compact {
      list += directCandidates(request)
    }
    if algorithm == .im2col || list.isEmpty { list.append(.im2col) }
    return list.filter { accepts($0, request) }
  }

  private func accepts(_ choice: LayerChoice, _ request: LayerRequest) -> Bool {
    do throws(RepVGGError) {
      try choice.check(
        shape: request.shape, epilogue: request.epilogue, workerCount: request.workerCount,
        kernels: machine.kernels)
      return true
    } catch { return false }
  }

  /// Bytes of packed weights that kernels fetch ahead.
  ///
  /// Measured: 24 to 192 KiB are within 2 % at batch 1 (docs/performance-log.md).
  static let prefetchDistanceByteCount = 48 << 10

  private func panelWidth(_ shape: ConvolutionShape) -> Int {
    machine.kernels.panelWidth(forChannels: shape.outputChannelsPerGroup)
  }

  private func splits(_ request: LayerRequest) -> [WorkSplit] {
    request.workerCount > 1 ? [.pixels, .outputChannels] : [.pixels]
  }

  /// A kernel is transformed for a panel at a time, which needs panels outermost.
  private static let winogradForms:
    [(
      order: WinogradConvolution.Order, stored: WinogradConvolution.WeightForm,
      multiplied: WinogradConvolution.WeightForm
    )] = [
      (.panelOuter, .matrices, .matrices), (.panelOuter, .columns, .columns),
      (.panelOuter, .kernel, .matrices), (.panelOuter, .kernel, .columns),
      (.sliceOuter, .matrices, .matrices), (.sliceOuter, .columns, .columns),
    ]

  private func winogradCandidates(_ request: LayerRequest) -> [LayerChoice] {
    let shape = request.shape
    let width = panelWidth(shape)
    var list: [LayerChoice] = []
    for (vertical, horizontal) in [(4, 4), (6, 6), (5, 5), (2, 4), (2, 2), (3, 3)] {
      guard
        let plan = TilePlan(
          height: shape.destination.height, width: shape.destination.width,
          verticalTile: vertical, horizontalTile: horizontal, stride: shape.stride)
      else { continue }
      for chunk in chunkSizes(plan, shape) {
        for (order, stored, multiplied) in Self.winogradForms {
          let block = depthBlock(
            plan, depth: shape.inputChannelsPerGroup, stored: stored, multiplied: multiplied,
            panelWidth: width)
          for split in splits(request) {
            list.append(
              .winograd(
                WinogradConvolution.Options(
                  verticalTile: vertical, horizontalTile: horizontal, panelWidth: width,
                  depthBlock: block, tilesPerChunk: chunk, order: order, stored: stored,
                  multiplied: multiplied, split: split,
                  prefetchDistanceByteCount: Self.prefetchDistanceByteCount)))
          }
        }
      }
    }
    return list
  }

  /// Share of L2 that what a block of the kernel is transformed to may fill, in fifths: 64 channels
  /// of F(5) on 1 MiB, the best of 32, 64 and 128 for A0's 14x14 layers (docs/performance-log.md,
  /// Zen 4).
  private static let transformedWeightFifths = 2

  /// Input channels of a weight block: columns are read once for each column of matrices and stay
  /// in L1; all that a block of the kernel is transformed to stays in L2 beside the tiles.
  private func depthBlock(
    _ plan: TilePlan, depth: Int, stored: WinogradConvolution.WeightForm,
    multiplied: WinogradConvolution.WeightForm, panelWidth: Int
  ) -> Int {
    let caches = machine.caches
    let columnsByteCount = 4 * 3 * panelWidth
    func block(within byteCount: Int, bytesPerChannel: Int) -> Int {
      max(16, byteCount / bytesPerChannel / 16 * 16)
    }
    // To the nearest multiple, as L1 is small.
    let read =
      multiplied == .columns
      ? block(
        within: caches.level1ByteCount / 2 + 8 * columnsByteCount,
        bytesPerChannel: columnsByteCount)
      : caches.depthBlock(panelWidth: panelWidth)
    let transformed = block(
      within: caches.level2ByteCount * Self.transformedWeightFifths / 5,
      bytesPerChannel: 4 * plan.matrixCount(of: multiplied) * panelWidth)
    return Self.evenBlock(depth, largest: stored == multiplied ? read : min(read, transformed))
  }

  /// Equal blocks, so that none is left with few channels and all its overhead.
  private static func evenBlock(_ depth: Int, largest: Int) -> Int {
    let blocks = (depth + largest - 1) / largest
    return min(largest, ((depth + blocks - 1) / blocks + 15) / 16 * 16)
  }

  /// Tiles transformed at a time: some rows, an image, several images, the batch.
  private func chunkSizes(_ plan: TilePlan, _ shape: ConvolutionShape) -> [Int] {
    let row = plan.horizontal.tiles.count
    let image = plan.tileCount
    let batch = image * shape.destination.batch
    let sizes = [2 * row, 4 * row, image, 2 * image, 4 * image, batch]
    return Set(sizes.map { min($0, batch) }).sorted()
  }

  private func directCandidates(_ request: LayerRequest) -> [LayerChoice] {
    let shape = request.shape
    let width = panelWidth(shape)
    let lines = shape.destination.batch * shape.destination.height
    var list: [LayerChoice] = []
    for chunk in Set([4, 14, shape.destination.height, lines].map { min($0, lines) }).sorted() {
      for split in splits(request) {
        list.append(
          .direct(
            DirectConvolution.Options(
              panelWidth: width, depthBlock: machine.caches.depthBlock(panelWidth: width),
              linesPerChunk: chunk, split: split,
              prefetchDistanceByteCount: Self.prefetchDistanceByteCount)))
      }
    }
    return list
  }
}

extension ConvolutionShape {
  /// Bytes of the kernel in Float32, unpacked.
  package var weightByteCount: Int {
    4 * destination.channels * inputChannelsPerGroup * kernelSize * kernelSize
  }
}

extension LayerChoice {
  /// Bytes of packed weights, without padding of panels.
  fileprivate func packedByteCount(_ request: LayerRequest) -> Int {
    let shape = request.shape
    guard case .winograd(let options) = self,
      let plan = TilePlan(
        height: shape.destination.height, width: shape.destination.width,
        verticalTile: options.verticalTile, horizontalTile: options.horizontalTile,
        stride: shape.stride)
    else { return shape.weightByteCount }
    return 4 * plan.matrixCount(of: options.stored) * shape.inputChannelsPerGroup
      * shape.destination.pixelStride
  }
}
