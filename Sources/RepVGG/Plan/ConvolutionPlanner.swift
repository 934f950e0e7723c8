/// Chooses a method and its parameters for every convolution of a plan.
///
/// Candidates come from a list of methods, each of which may refuse a layer. The cost of weights
/// depends on how many bytes the whole network streams: choices are made for all layers together,
/// repeatedly, until they no longer change.
package struct ConvolutionPlanner: Sendable {
  package let machine: Machine
  package let policy: Policy
  package let algorithm: Algorithm
  private let methods: [any ConvolutionMethod.Type]

  /// A planner for a machine, with the policy and algorithm of the options.
  package init(
    machine: Machine = .current, options: PlanOptions,
    methods: [any ConvolutionMethod.Type] = convolutionMethods
  ) {
    self.machine = machine
    self.methods = methods
    policy = options.policy
    algorithm = options.algorithm
  }

  /// The algorithm of every layer, in their order: what is given, else what is chosen.
  ///
  /// Equal layers share one.
  ///
  /// - Throws: `unsupported` or `invalidArgument` where no method does a layer, `cancelled`.
  package func algorithms(
    _ layers: [ConvolutionLayer], given: [ConvolutionLayer: ConvolutionChoice] = [:],
    cancellation: Cancellation = .never
  ) throws(RepVGGError) -> [any ConvolutionAlgorithm] {
    let chosen =
      layers.allSatisfy { given[$0] != nil }
      ? [] : try choices(layers, cancellation: cancellation)
    var known: [Assignment: any ConvolutionAlgorithm] = [:]
    var algorithms: [any ConvolutionAlgorithm] = []
    for (index, layer) in layers.enumerated() {
      try cancellation.check()
      let assignment = Assignment(layer: layer, choice: given[layer] ?? chosen[index])
      if let algorithm = known[assignment] {
        algorithms.append(algorithm)
      } else {
        let algorithm = try assignment.choice.plan(layer, kernels: machine.kernels)
        known[assignment] = algorithm
        algorithms.append(algorithm)
      }
    }
    return algorithms
  }

  private struct Assignment: Hashable {
    let layer: ConvolutionLayer
    let choice: ConvolutionChoice
  }

  /// A choice for every layer, in their order.
  ///
  /// - Throws: `unsupported` or `invalidArgument` where no method does a layer, `cancelled`.
  package func choices(
    _ layers: [ConvolutionLayer], cancellation: Cancellation = .never
  ) throws(RepVGGError) -> [ConvolutionChoice] {
    let kinds = try LayerKinds(layers, planner: self, cancellation: cancellation)
    var byteCount = kinds.plainByteCount
    var chosen: [Int] = []
    for _ in 0..<4 {
      try cancellation.check()
      let prices = kinds.prices(
        CostModel(machine: machine, packedWeightByteCount: byteCount))
      let next = policy == .compact ? kinds.compact(prices) : kinds.fastest(prices)
      byteCount = kinds.packedByteCount(next)
      if next == chosen { break }
      chosen = next
    }
    return zip(kinds.kindOfLayer, chosen).map { kinds.candidates[$0][$1].choice }
  }

  /// Every choice that the policy allows and its method accepts, the most promising first.
  ///
  /// - Throws: `unsupported` or `invalidArgument` where no method does the layer.
  package func candidates(
    _ layer: ConvolutionLayer
  ) throws(RepVGGError) -> [ConvolutionChoice] {
    let allowed = methods.filter { policy != .exact || $0.isExact }
    let offered = allowed.filter { $0.isOffered }
    var named =
      algorithm == .auto ? offered : allowed.filter { $0.name == algorithm.rawValue }
    if policy == .compact, named.contains(where: { !$0.isExact }) {
      // What enlarges weights may be more than the policy grants to a layer.
      named += offered.filter { type in type.isExact && !named.contains { $0 == type } }
    }
    for types in [named, offered, allowed] {
      let list = types.flatMap { accepted($0, layer) }
      if !list.isEmpty { return list }
    }
    for type in allowed.reversed() {
      for method in type.candidates(for: layer, on: machine) {
        try method.check(layer, kernels: machine.kernels)
      }
    }
    throw RepVGGError(.unsupported, "no algorithm does the layer \(layer.line)")
  }

  private func accepted<Method: ConvolutionMethod>(
    _ type: Method.Type, _ layer: ConvolutionLayer
  ) -> [ConvolutionChoice] {
    type.candidates(for: layer, on: machine)
      .filter { $0.accepts(layer, kernels: machine.kernels) }
      .map { ConvolutionChoice($0) }
  }
}
