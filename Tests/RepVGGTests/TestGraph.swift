import RepVGG
import TestSupport

/// Appends nodes with random weights.
struct TestGraph {
  var random = RandomTensors(seed: 5)
  var nodes: [Network.Node] = []
  var outputs: [Network.Output] = []

  mutating func add(
    _ name: String, _ operation: Network.Operation, _ inputs: Int...
  ) -> Int {
    nodes.append(
      Network.Node(
        name: name, operation: operation, inputs: inputs.map { Network.NodeID($0) }))
    return nodes.count - 1
  }

  mutating func region(
    _ name: String, _ inputs: Int, _ outputs: Int, _ size: Int, stride: Int = 1, _ source: Int
  ) -> Int {
    add(
      name,
      .linear(
        .sequence([
          random.convolution(outputs, inputs, size, stride, 1), random.norm(outputs),
        ])), source)
  }

  mutating func dense(_ name: String, _ inputs: Int, _ outputs: Int, _ source: Int) -> Int {
    let linear = Linear(
      weight: random.tensor([outputs, inputs]), bias: random.tensor([outputs]))
    return add(name, .dense(linear), source)
  }

  mutating func output(_ name: String, _ node: Int) {
    outputs.append(Network.Output(name: name, node: Network.NodeID(node)))
  }

  func network() -> Network {
    Network(
      nodes: nodes, outputs: outputs,
      origin: Network.Origin(family: .official, architecture: "graph"))
  }
}
