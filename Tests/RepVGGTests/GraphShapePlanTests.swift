import RepVGG
import TestSupport
import Testing

/// Plans of graphs whose shapes are known only with the input, or with its batch.
@Suite struct GraphShapePlanTests {
  private static let images = [3, 4, 6, 5]

  /// Plans a model of one input and compares with Float64.
  private func check(_ model: ONNXModel) throws {
    let network = try Network(model)
    var random = RandomTensors(seed: 2)
    let images = random.tensor(Self.images)
    let expected = try ReferenceGraph(network).outputs(["x": ReferenceTensor(images)])["y"]
    let plan = try Plan(network, input: InputShape(dimensions: Self.images))
    let actual = try plan.makeSession().run(images.floats())
    #expect(plan.outputShape == expected?.shape)
    let differences = zip(actual, expected?.reals ?? []).map { abs(Double($0) - $1) }
    #expect(differences.count == actual.count)
    #expect(differences.max() ?? 1 < 1e-5)
  }

  private func model(
    _ batch: Dimension, _ initializers: [Tensor], _ nodes: [ONNXNode]
  ) -> ONNXModel {
    ONNXModel(
      opsets: [ONNXOpset(version: 17)],
      graph: ONNXGraph(
        nodes: nodes, initializers: initializers,
        inputs: [
          ONNXValue(
            name: "x", elementType: .float32,
            dimensions: [batch, .fixed(4), .symbol("height"), .symbol("width")])
        ], outputs: [ONNXValue(name: "y", elementType: .float32, dimensions: nil)]))
  }

  private static func shape(_ sizes: [Int64]) -> Tensor {
    Tensor(ReferenceTensor(shape: [sizes.count], integers: sizes), name: "shape")
  }

  @Test func aFixedBatchIsPlanned() throws {
    try check(
      model(
        .fixed(3), [], [ONNXNode(type: "Softmax", inputs: ["x"], outputs: ["y"])]))
  }

  /// The size of a reshape may be right for one batch only.
  @Test func aReshapeOfTheWholeBatchIsPlanned() throws {
    try check(
      model(
        .symbol("batch"), [Self.shape([3, 120])],
        [ONNXNode(type: "Reshape", inputs: ["x", "shape"], outputs: ["y"])]))
  }

  /// Convolutions whose channels are known with the input's size only.
  @Test(arguments: ["", "SAME_UPPER", "SAME_LOWER"])
  func convolutionsOfChannelsThatTheInputDecidesArePlanned(_ padding: String) throws {
    var random = RandomTensors(seed: 8)
    var kernel = random.tensor([7, 6, 3, 2])
    kernel.name = "kernel"
    try check(
      model(
        .symbol("batch"), [kernel],
        [
          ONNXNode(
            type: "Transpose", inputs: ["x"], outputs: ["t"],
            attributes: [ONNXAttribute("perm", .ints([0, 2, 1, 3]))]),
          ONNXNode(
            type: "Conv", inputs: ["t", "kernel"], outputs: ["y"],
            attributes: [
              padding.isEmpty
                ? ONNXAttribute("pads", .ints([1, 0, 2, 1]))
                : ONNXAttribute("auto_pad", .string(padding)),
              ONNXAttribute("strides", .ints([2, 1])),
            ]),
        ]))
  }

  @Test(arguments: ["Sum", "Mean", "Max", "Min"], [1, 2, 3, 4])
  func functionsOfAnyNumberOfTensorsArePlanned(_ type: String, _ count: Int) throws {
    var random = RandomTensors(seed: 6)
    var other = random.tensor([4, 1, 5])
    other.name = "c"
    let inputs = Array(["x", "c", "r", "x"].prefix(count))
    try check(
      model(
        .symbol("batch"), [other],
        [
          ONNXNode(type: "Relu", inputs: ["x"], outputs: ["r"]),
          ONNXNode(type: type, inputs: inputs, outputs: ["y"]),
        ]))
  }
}
