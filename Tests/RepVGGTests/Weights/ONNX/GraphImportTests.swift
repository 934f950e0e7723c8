import RepVGG
import TestSupport
import Testing

/// What single nodes of ONNX become, in graphs that are built here.
@Suite struct GraphImportTests {
  /// Collects nodes of a graph on images of four channels.
  private struct Graph {
    var model = ONNXModel(
      opsets: [ONNXOpset(version: 17)],
      graph: ONNXGraph(
        inputs: [
          ONNXValue(
            name: "x", elementType: .float32,
            dimensions: [.symbol("batch"), .fixed(4), .symbol("h"), .symbol("w")])
        ]))
    var random = RandomTensors(seed: 3)

    mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]? = nil) {
      var tensor = values.map { Tensor(shape: shape, elements: $0) } ?? random.tensor(shape)
      tensor.name = name
      model.graph.initializers.append(tensor)
    }

    mutating func integers(_ name: String, _ values: [Int64]) {
      model.graph.initializers.append(
        Tensor(ReferenceTensor(shape: [values.count], integers: values), name: name))
    }

    mutating func add(
      _ type: String, _ inputs: [String], _ output: String, _ attributes: [ONNXAttribute] = []
    ) {
      model.graph.nodes.append(
        ONNXNode(type: type, inputs: inputs, outputs: [output], attributes: attributes))
    }

    /// A 3x3 convolution of four channels with padding.
    mutating func convolution(_ input: String, _ output: String, hasBias: Bool = true) {
      constant(output + ".w", [4, 4, 3, 3])
      constant(output + ".b", [4])
      add(
        "Conv", [input, output + ".w"] + (hasBias ? [output + ".b"] : []), output,
        [ONNXAttribute("pads", .ints([1, 1, 1, 1]))])
    }

    func network(_ outputs: String...) throws(RepVGGError) -> Network {
      var model = model
      model.graph.outputs = outputs.map {
        ONNXValue(name: $0, elementType: .float32, dimensions: nil)
      }
      return try Network(model)
    }
  }

  /// The merged network computes what the graph computes; returns its operators.
  private func merged(_ network: Network, height: Int = 7, width: Int = 6) throws -> [String] {
    let merged = try network.mergingRegions().network
    var random = RandomTensors(seed: 9)
    let images = random.tensor([2, 4, height, width])
    let comparison = try GraphComparison(
      merged.reparameterized(), against: network, inputs: ["x": ReferenceTensor(images)])
    for output in comparison.outputs { #expect(output.relativeMaximum <= 1e-6, "\(output)") }
    #expect(comparison.outputs.count == network.outputs.count)
    return merged.nodes.map(\.operation.name)
  }

  @Test(arguments: [
    ("Add", [1, 4, 1, 1], false), ("Add", [4, 1, 1], true), ("Mul", [], false),
    ("Mul", [1], true), ("Sub", [4, 1, 1], false), ("Sub", [1, 4, 1, 1], true),
    ("Div", [4, 1, 1], false),
  ])
  func numbersPerChannelMergeWithAConvolution(
    _ type: String, _ shape: [Int], _ isFirst: Bool
  ) throws {
    var graph = Graph()
    graph.convolution("x", "c")
    graph.constant("n", shape)
    graph.add(type, isFirst ? ["n", "c"] : ["c", "n"], "y")
    #expect(try merged(graph.network("y")) == ["input", "linear region"])
  }

  @Test func numbersPerPixelStay() throws {
    var graph = Graph()
    graph.convolution("x", "c")
    graph.constant("n", [1, 4, 7, 6])
    graph.add("Add", ["c", "n"], "y")
    #expect(try merged(graph.network("y")) == ["input", "conv3x3", "constant", "Add"])
  }

  /// One factor for all channels is not a gate, whatever its shape.
  @Test(arguments: [0, 1]) func aComputedNumberIsAFactorOfItsOwn(_ place: Int) throws {
    var graph = Graph()
    graph.add("ReduceMax", ["x"], "n", [ONNXAttribute("keepdims", .int(0))])
    graph.add("Mul", place == 0 ? ["n", "x"] : ["x", "n"], "y")
    #expect(try merged(graph.network("y")) == ["input", "ReduceMax", "Mul"])
  }

  @Test func aDividendIsNotAFactor() throws {
    var graph = Graph()
    graph.constant("n", [1], [2])
    graph.add("Div", ["n", "x"], "y")
    #expect(try merged(graph.network("y")) == ["input", "constant", "Div"])
  }

  @Test func whatIsAnOutputOrReadElsewhereStays() throws {
    var graph = Graph()
    graph.convolution("x", "c")
    graph.constant("n", [1], [2])
    graph.add("Mul", ["c", "n"], "y")
    let both = try graph.network("y", "c").mergingRegions()
    #expect(both.regions.count == 2)
    #expect(both.unmerged.map(\.name) == ["y"])
    #expect(both.unmerged.first?.reason.contains("used elsewhere") == true)
    graph.add("Relu", ["c"], "r")
    #expect(try graph.network("y", "r").mergingRegions().regions.count == 2)
    #expect(try graph.network("y").mergingRegions().regions.count == 1)
  }

  @Test func aBiasUnderPaddingDoesNotMerge() throws {
    var graph = Graph()
    graph.constant("n", [4, 1, 1])
    graph.add("Add", ["x", "n"], "a")
    graph.convolution("a", "c")
    let merging = try graph.network("c").mergingRegions()
    #expect(merging.regions.count == 2)
    #expect(merging.unmerged.first?.reason.contains("border") == true)
    #expect(try merged(graph.network("c")).count == 3)
  }

  @Test func aFactorBeforeAConvolutionMerges() throws {
    var graph = Graph()
    graph.constant("n", [4, 1, 1])
    graph.add("Mul", ["x", "n"], "a")
    graph.convolution("a", "c")
    #expect(try merged(graph.network("c")) == ["input", "linear region"])
  }

  @Test func paddingBeforeAConvolutionMerges() throws {
    var graph = Graph()
    graph.integers("pads", [0, 0, 1, 2, 0, 0, 0, 1])
    graph.add("Pad", ["x", "pads"], "p")
    graph.convolution("p", "c")
    #expect(try merged(graph.network("c")) == ["input", "linear region"])
  }

  @Test(
    arguments: [
      ([3, 2], [1, 2, 0, 3]), ([-1, 0, 2, 1], [2, 0, 1, 0, 3, 0, 0, 0]), ([3], [0, 4]),
    ] as [([Int64], [Int64])])
  func paddingOfStatedAxesMerges(_ axes: [Int64], _ pads: [Int64]) throws {
    var graph = Graph()
    graph.model.opsets = [ONNXOpset(version: 18)]
    graph.integers("axes", axes)
    graph.integers("pads", pads)
    graph.constant("w", [4, 4, 3, 3])
    graph.add("Pad", ["x", "pads", "", "axes"], "p")
    graph.add("Conv", ["p", "w"], "y")
    #expect(try merged(graph.network("y")) == ["input", "linear region"])
    // The region pads as the operator does.
    var random = RandomTensors(seed: 4)
    let images = try ReferenceTensor(random.tensor([2, 4, 7, 6]))
    let padded = try PadOperation(axes: axes.map { Int($0) }).evaluated(on: [
      images, ReferenceTensor(shape: [pads.count], integers: pads),
    ])
    let kernel = try #require(graph.model.graph.initializers.last)
    let expected = try ConvolutionOperation(window: SpatialWindow()).evaluated(on: [
      padded, ReferenceTensor(kernel),
    ])
    let result = try ReferenceGraph(graph.network("y")).outputs(["x": images])["y"]
    #expect(result?.shape == expected.shape)
    let differences = zip(result?.reals ?? [], expected.reals ?? []).map { abs($0 - $1) }
    #expect(differences.max() ?? 1 < 1e-12)
  }

  @Test func differencesOfBranchesMerge() throws {
    var graph = Graph()
    graph.convolution("x", "a")
    graph.convolution("x", "b", hasBias: false)
    graph.add("Sub", ["a", "b"], "s")
    graph.add("Add", ["s", "x"], "y")
    #expect(try merged(graph.network("y")) == ["input", "linear region"])
  }

  @Test func aSumOfAValueWithItselfStays() throws {
    var graph = Graph()
    graph.convolution("x", "a")
    graph.add("Add", ["a", "a"], "y")
    #expect(try merged(graph.network("y")) == ["input", "conv3x3", "addition"])
  }

  /// A depthwise 3x3 kernel before a pointwise one is cheaper than both together.
  @Test func separableConvolutionsStay() throws {
    var graph = Graph()
    graph.constant("d", [4, 1, 3, 3])
    graph.add(
      "Conv", ["x", "d"], "a",
      [ONNXAttribute("group", .int(4)), ONNXAttribute("pads", .ints([1, 1, 1, 1]))])
    graph.constant("p", [16, 4, 1, 1])
    graph.add("Conv", ["a", "p"], "y")
    let merging = try graph.network("y").mergingRegions()
    #expect(merging.regions.count == 2)
    #expect(merging.unmerged.first?.reason.contains("more multiplications") == true)
  }

  @Test(arguments: ["SAME_UPPER", "SAME_LOWER", "VALID"], [1, 2])
  func automaticPaddingIsThatOfTheImage(_ mode: String, _ stride: Int64) throws {
    var graph = Graph()
    graph.model.graph.inputs[0].dimensions = [.fixed(2), .fixed(4), .fixed(7), .fixed(6)]
    graph.constant("w", [5, 4, 3, 2])
    graph.add(
      "Conv", ["x", "w"], "y",
      [
        ONNXAttribute("auto_pad", .string(mode)),
        ONNXAttribute("strides", .ints([stride, stride])),
      ])
    let network = try graph.network("y")
    #expect(network.nodes.map(\.operation.name).last == "conv3x2")
    let shape = try #require(try network.facts().last?.shape)
    let isSame = mode != "VALID"
    let rows = isSame ? (7 + Int(stride) - 1) / Int(stride) : (7 - 3) / Int(stride) + 1
    let columns = isSame ? (6 + Int(stride) - 1) / Int(stride) : (6 - 2) / Int(stride) + 1
    #expect(shape == [2, 5, rows, columns])
  }

  /// Written out, with the factors where exporters have them.
  @Test func activationsAreRecognized() throws {
    func activation(_ build: (inout Graph) -> Void) throws -> [String] {
      var graph = Graph()
      for (name, value) in [
        ("three", 3), ("six", 6), ("sixth", 1 / 6), ("half", 0.5), ("one", 1), ("zero", 0),
        ("root", 1.4142135),
      ] as [(String, Float)] {
        graph.constant(name, [], [value])
      }
      build(&graph)
      let network = try graph.network("y")
      _ = try merged(network)
      return network.nodes.map(\.operation.name)
    }
    #expect(
      try activation {
        $0.add("Sigmoid", ["x"], "s")
        $0.add("Mul", ["x", "s"], "y")
      } == ["input", "silu"])
    for isLate in [true, false] {
      #expect(
        try activation {
          $0.add("Add", ["x", "three"], "a")
          $0.add("Clip", ["a", "zero", "six"], "c")
          if isLate {
            $0.add("Mul", ["c", "x"], "m")
            $0.add("Div", ["m", "six"], "y")
          } else {
            $0.add("Mul", ["c", "sixth"], "h")
            $0.add("Mul", ["x", "h"], "y")
          }
        } == ["input", "hard swish"])
    }
    #expect(
      try activation {
        $0.add("Div", ["x", "root"], "d")
        $0.add("Erf", ["d"], "e")
        $0.add("Add", ["e", "one"], "a")
        $0.add("Mul", ["x", "a"], "m")
        $0.add("Mul", ["m", "half"], "y")
      } == ["input", "gelu"])
    // A clip of something else is no part of the activation.
    #expect(
      try activation {
        $0.add("Add", ["x", "one"], "a")
        $0.add("Clip", ["a", "zero", "six"], "c")
        $0.add("Mul", ["c", "x"], "m")
        $0.add("Div", ["m", "six"], "y")
      }.contains("hard swish") == false)
  }

  /// Written back, both are what they were.
  @Test(arguments: ["GlobalAveragePool", "ReduceMean"])
  func gatesAndMeansAreRecognized(_ mean: String) throws {
    var graph = Graph()
    let axes = mean == "ReduceMean" ? [ONNXAttribute("axes", .ints([-1, 2]))] : []
    graph.add(mean, ["x"], "m", axes)
    for (name, shape) in [("a", [2, 4, 1, 1]), ("b", [4, 2, 1, 1])] {
      graph.constant(name, shape)
    }
    graph.add("Conv", ["m", "a"], "s")
    graph.add("Relu", ["s"], "r")
    graph.add("Conv", ["r", "b"], "e")
    graph.add("HardSigmoid", ["e"], "f")
    graph.add("Mul", ["f", "x"], "g")
    graph.add(mean, ["g"], "p", axes)
    graph.add("Flatten", ["p"], "y")
    let network = try graph.network("y")
    #expect(
      network.nodes.map(\.operation.name) == [
        "input", "global mean", "dense layer", "relu", "dense layer", "hard sigmoid", "gate",
        "global mean",
      ])
    _ = try merged(network)
    let written = try ONNXModel(network)
    #expect(
      written.graph.nodes.map(\.type) == [
        "GlobalAveragePool", "Conv", "Relu", "Conv", "HardSigmoid", "Mul", "GlobalAveragePool",
        "Flatten",
      ])
    var literal = try graph.network("m", "y")
    literal.outputs.removeFirst()
    #expect(literal.nodes.map(\.operation.name).contains(mean))
    var random = RandomTensors(seed: 8)
    let inputs = ["x": try ReferenceTensor(random.tensor([2, 4, 5, 3]))]
    for other in [network, try Network(written)] {
      let comparison = try GraphComparison(other, against: literal, inputs: inputs)
      for output in comparison.outputs { #expect(output.relativeMaximum <= 1e-12) }
    }
  }

  @Test func shapesAreFoldedWhereSizesAreKnown() throws {
    var graph = Graph()
    graph.integers("zero", [0])
    graph.integers("rest", [-1])
    graph.add("Shape", ["x"], "s")
    graph.add("Gather", ["s", "zero"], "n", [ONNXAttribute("axis", .int(0))])
    graph.add("Concat", ["n", "rest"], "t", [ONNXAttribute("axis", .int(0))])
    graph.add("Reshape", ["x", "t"], "y")
    let network = try graph.network("y")
    #expect(network.nodes.map(\.operation.name) == ["input", "constant", "Reshape"])
    #expect(try network.facts().last?.dimensions?.first == .symbol("batch"))
  }

  @Test func whatIsNotSupportedIsNamed() throws {
    func reason(_ build: (inout Graph) -> Void) -> String {
      var graph = Graph()
      build(&graph)
      do throws(RepVGGError) {
        _ = try graph.network("y")
        return ""
      } catch { return error.description }
    }
    #expect(reason { $0.add("Loop", ["x"], "y") }.contains("operator Loop"))
    #expect(
      reason { $0.add("If", ["x"], "y", [ONNXAttribute("then_branch", .other)]) }
        .contains("operator If with 'then_branch'"))
    #expect(reason { $0.add("Relu", ["z"], "y") }.contains("reads 'z'"))
    #expect(reason { $0.add("Relu", ["x"], "x") }.contains("two values have the name 'x'"))
    #expect(reason { $0.model.opsets = [ONNXOpset(version: 6)] }.contains("operator set 6"))
    #expect(reason { $0.model.opsets = [] }.contains("which operator set"))
    #expect(reason { _ in }.contains("'y'"))
    #expect(
      reason {
        $0.model.graph.nodes.append(
          ONNXNode(type: "QLinear", domain: "com.example", inputs: ["x"], outputs: ["y"]))
      }.contains("QLinear of com.example"))
    #expect(
      reason {
        $0.constant("w", [4, 3, 3, 3])
        $0.add("Conv", ["x", "w"], "y")
      }.contains("Conv"))
  }
}
