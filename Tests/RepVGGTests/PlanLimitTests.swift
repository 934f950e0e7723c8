import RepVGG
import Testing

/// Graphs whose values are larger than anything that can be computed.
@Suite struct PlanLimitTests {
  /// A network that expands its images, `[1, 3, 4, 4]`, to a shape.
  private static func expanding(to shape: [Int64]) -> Network {
    Network(
      nodes: [
        Network.Node(name: "input", operation: .input(channels: 3), inputs: []),
        Network.Node(
          name: "shape",
          operation: .constant(
            Tensor(ReferenceTensor(shape: [shape.count], integers: shape), name: "shape")),
          inputs: []),
        Network.Node(
          name: "expanded",
          operation: .tensor(
            Network.TensorFunction(ExpandOperation(), presence: [true, true])),
          inputs: [Network.NodeID(0), Network.NodeID(1)]),
        Network.Node(
          name: "relu", operation: .activation(.relu), inputs: [Network.NodeID(2)]),
      ],
      outputs: [Network.Output(name: "y", node: Network.NodeID(3))],
      origin: Network.Origin(family: .onnx, architecture: "expanding"))
  }

  @Test(
    arguments: [
      [1, 3, 4, 4], [1 << 40, 1 << 40, 1, 3, 4, 4],
      [Int64.max, 1, 3, 4, 4], [1 << 36, 3, 4, 4], [1 << 14, 3, 4, 4],
    ] as [[Int64]])
  func valuesOfAnySizeArePlannedOrRefused(_ shape: [Int64]) throws {
    let network = Self.expanding(to: shape)
    let isSmall = shape == [1, 3, 4, 4]
    do {
      let plan = try Plan(network, input: InputShape(height: 4, width: 4))
      #expect(isSmall || plan.outputElementCount == 48 << 14)
    } catch let error as RepVGGError {
      #expect(!isSmall && [.unsupported, .outOfMemory, .badData].contains(error.kind))
    }
  }
}
