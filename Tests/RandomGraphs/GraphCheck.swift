import RepVGG

/// Runs a graph by plans in every way, and compares with Float64.
package struct GraphCheck {
  private let graph: RandomGraph
  private let expected: [String: ReferenceTensor]
  /// The largest absolute value of the graph: rounding errors of what is computed from it are parts of it.
  private let scale: Double

  /// What a plan gives: the elements of each output.
  private typealias Outputs = [String: [Float]]

  /// Something that does not hold.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// The largest error as a part of the largest value.
  private static let tolerance = 1e-4

  package init(_ graph: RandomGraph) {
    self.graph = graph
    expected = Dictionary(graph.values.map { ($0.name, $0.tensor) }) { $1 }
    scale = graph.values.flatMap { $0.tensor.reals ?? [] }.reduce(1) { max($0, abs($1)) }
  }

  /// Throws what does not hold.
  package func run() throws {
    let network = try Network(graph.model)
    let merged = try network.mergingRegions().network
    for (what, network) in [("as it is", network), ("merged", merged)] {
      let reference = try ReferenceGraph(network).outputs(["x": graph.input])
      for (name, tensor) in reference {
        try compare(tensor.reals ?? [], tensor.shape, name, "interpreted \(what)")
      }
      for form in network.isMerged ? [.plain] : Form.allCases {
        try check(network, PlanOptions(form: form), "\(what), \(form)")
      }
    }
    for algorithm in Algorithm.allCases {
      try check(merged, PlanOptions(threadCount: 3, algorithm: algorithm), "\(algorithm)")
    }
    for algorithm in [Algorithm.auto, .direct] {
      let options = PlanOptions(policy: .exact, algorithm: algorithm)
      let alone = try check(merged, options, "exact \(algorithm)")
      var parallel = options
      parallel.threadCount = 3
      guard try check(merged, parallel, "exact \(algorithm), 3 threads") == alone else {
        throw Failure(description: "exact \(algorithm): 3 threads give other bits than one")
      }
    }
    try check(merged, PlanOptions(policy: .compact), "compact")
  }

  @discardableResult
  private func check(
    _ network: Network, _ options: PlanOptions, _ what: String
  ) throws -> Outputs {
    var options = options
    options.collectsFeatures = true
    let plan = try Plan(
      network, input: InputShape(dimensions: graph.input.shape), options: options)
    let session = try plan.makeSession()
    let images = (graph.input.reals ?? []).map { Float($0) }
    func outputs() throws -> Outputs {
      var results = [plan.outputName: try session.run(images)]
      for feature in plan.features { results[feature.name] = try session.feature(feature.name) }
      return results
    }
    let results = try outputs()
    var shapes = [plan.outputName: plan.outputShape]
    for feature in plan.features { shapes[feature.name] = feature.shape }
    for output in network.outputs {
      try compare(
        (results[output.name] ?? []).map { Double($0) }, shapes[output.name] ?? [], output.name,
        what)
    }
    guard try outputs() == results else {
      throw Failure(description: "\(what): a second run gives other bits")
    }
    return results
  }

  private func compare(
    _ values: [Double], _ shape: [Int], _ name: String, _ what: String
  ) throws {
    let truth = expected[name]?.reals ?? []
    guard shape == expected[name]?.shape, values.count == truth.count else {
      throw Failure(
        description: "\(what): \(name) has shape \(shape), not \(expected[name]?.shape ?? [])")
    }
    for (index, (value, truth)) in zip(values, truth).enumerated()
    where !(abs(value - truth) <= Self.tolerance * scale) {
      throw Failure(
        description: "\(what): \(name)[\(index)] is \(value), not \(truth) (scale \(scale))")
    }
  }
}
