import RandomGraphs

/// Random graphs that the bytes describe: plans compute what the graph means.
let graphTargets: [FuzzTarget] = [
  FuzzTarget(
    name: "graph-plan", structure: FlatStructure(maximumByteCount: 256),
    budget: FuzzBudget(seconds: 20, bytes: 512 << 20),
    builtIn: { (0..<100).map { RandomGraph.bytes(seed: $0) } },
    body: { input in
      let graph = RandomGraph(input)
      do {
        try GraphCheck(graph).run()
      } catch {
        // No graph that is made here may be refused.
        preconditionFailure("\(error)\n\(graph.text)")
      }
    })
]
