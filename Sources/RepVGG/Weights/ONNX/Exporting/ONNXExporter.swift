/// Writes the nodes of a network as those of an ONNX graph.
///
/// A linear region is written as its operators if it is a single one, else as what it reduces to. A
/// value has the name of its node; an output has its own.
struct ONNXExporter {
  private let network: Network
  let opset: Int
  let facts: [TensorFacts]
  private(set) var graph: ONNXGraph
  /// Nodes that negate what a sum of two adds: they are written as a difference.
  private let subtrahends: Set<Int>
  /// Vectors of gates, which are written as images of one pixel.
  private let gateVectors: Set<Int>
  /// The name of each node's result.
  private var values: [String] = []
  private var names: Set<UTF8Name> = []
  /// The constants that were written, by what distinguishes them.
  private var constants: [ConstantKey: String] = [:]

  private struct ConstantKey: Hashable {
    let name: UTF8Name
    let shape: [Int]
    let elementType: ElementType
  }

  init(_ network: Network, opset: Int) throws(RepVGGError) {
    self.network = network
    self.opset = opset
    facts = try network.facts()
    // A graph without a name is not valid.
    graph = ONNXGraph(
      name: network.origin.architecture.isEmpty ? "network" : network.origin.architecture)
    subtrahends = network.subtrahends
    gateVectors = network.gateVectors
  }

  /// The graph of the whole network.
  mutating func exported() throws(RepVGGError) -> ONNXGraph {
    for output in network.outputs { names.insert(UTF8Name(output.name)) }
    // Inputs keep their names, whatever else has the same.
    for node in network.nodes {
      if case .input = node.operation { names.insert(UTF8Name(node.name)) }
    }
    let outputNames = Dictionary(network.outputs.map { ($0.node.index, $0.name) }) { first, _ in
      first
    }
    for (index, node) in network.nodes.enumerated() {
      let output = outputNames[index]
      let inputs = node.inputs.map { values[$0.index] }
      do throws(RepVGGError) {
        values.append(try write(node, index, inputs, output))
      } catch {
        throw error.tensor != nil
          ? error
          : RepVGGError(error.kind, "node '\(node.name.printable)': \(error.reason)")
      }
    }
    for output in network.outputs {
      let place = output.node.index
      if !UTF8Name(values[place]).isSame(output.name) {
        add("Identity", [values[place]], output.name)
      }
      graph.outputs.append(
        ONNXValue(
          name: output.name, elementType: facts[place].elementType,
          dimensions: facts[place].dimensions))
    }
    return graph
  }

  // MARK: - Nodes

  /// Writes a node; returns the name of its result.
  private mutating func write(
    _ node: Network.Node, _ index: Int, _ inputs: [String], _ output: String?
  ) throws(RepVGGError) -> String {
    switch node.operation {
    case .input(let type):
      graph.inputs.append(
        ONNXValue(name: node.name, elementType: type.elementType, dimensions: type.dimensions))
      return node.name
    case .constant(let tensor): return constant(tensor, node.name)
    case .linear(.identity): return inputs[0]
    case .linear where subtrahends.contains(index): return inputs[0]
    default: break
    }
    let result = output ?? unique(node.name)
    switch node.operation {
    case .input, .constant: break
    case .linear(let expression):
      try write(
        expression, node, inputs[0], result, facts[node.inputs[0].index])
    case .activation(let activation):
      write(activation, inputs[0], result, facts[index].elementType)
    case .globalMean where gateVectors.contains(index):
      add("GlobalAveragePool", inputs, result)
    case .dense(let linear) where gateVectors.contains(index):
      let weight = Tensor(
        shape: [linear.outputCount, linear.inputCount, 1, 1], source: linear.weight.source,
        name: linear.weight.name)
      let layer = Convolution(kernel: weight, bias: linear.bias)
      write(layer, node.name, inputs[0], result, facts[index].elementType)
    case .gate where gateVectors.contains(node.inputs[1].index): add("Mul", inputs, result)
    case .globalMean:
      let mean = unique(result + " mean")
      add("GlobalAveragePool", inputs, mean)
      add("Flatten", [mean], result, [ONNXAttribute("axis", .int(1))])
    case .dense(let linear):
      let weight = Tensor(
        shape: [linear.outputCount, linear.inputCount], source: linear.weight.source,
        name: linear.weight.name)
      var operands = [inputs[0], constant(weight, node.name + ".weight")]
      if let bias = linear.bias { operands.append(constant(bias, node.name + ".bias")) }
      add("Gemm", operands, result, [ONNXAttribute("transB", .int(1))])
    case .gate:
      let factors = unique(result + " factors")
      let axes = constant(integers: [2, 3], result + " axes")
      add("Unsqueeze", [inputs[1], axes], factors)
      add("Mul", [inputs[0], factors], result)
    case .add:
      if let negative = node.inputs.firstIndex(where: { subtrahends.contains($0.index) }) {
        add("Sub", [inputs[1 - negative], inputs[negative]], result)
      } else {
        add(inputs.count == 2 ? "Add" : "Sum", inputs, result)
      }
    case .tensor(let function): try write(function, node, inputs, result)
    }
    return result
  }

  private mutating func write(
    _ function: Network.TensorFunction, _ node: Network.Node, _ inputs: [String],
    _ result: String
  ) throws(RepVGGError) {
    let known = function.arguments(node.inputs.map { facts[$0.index] })
    let operands = function.arguments(inputs)
    let form = try function.operation.specialized(for: known).written(opset: opset)
    var names: [String] = []
    for input in form.inputs {
      switch input {
      case .value(let index):
        names.append((operands.indices.contains(index) ? operands[index] : nil) ?? "")
      case .constant(let tensor): names.append(constant(Tensor(tensor), result + " operand"))
      case .absent: names.append("")
      }
    }
    while names.last == "" { names.removeLast() }
    var outputs = [String](repeating: "", count: max(1, form.outputCount))
    for index in outputs.indices where index != form.output {
      outputs[index] = unique(result + " \(index)")
    }
    outputs[form.output] = result
    graph.nodes.append(
      ONNXNode(
        name: result, type: form.type, inputs: names, outputs: outputs,
        attributes: form.attributes))
  }

  /// Appends a node with one output.
  mutating func add(
    _ type: String, _ inputs: [String], _ output: String, _ attributes: [ONNXAttribute] = []
  ) {
    graph.nodes.append(
      ONNXNode(
        name: output, type: type, inputs: inputs, outputs: [output], attributes: attributes))
  }

  // MARK: - Names and constants

  mutating func unique(_ name: String) -> String {
    var (result, number) = (name, 1)
    while !names.insert(UTF8Name(result)).inserted {
      number += 1
      result = "\(name) \(number)"
    }
    return result
  }

  /// Writes a constant once under its own name, else the one given; returns its name.
  mutating func constant(_ tensor: Tensor, _ name: String) -> String {
    let own = tensor.name.isEmpty ? name : tensor.name
    let key = ConstantKey(
      name: UTF8Name(own), shape: tensor.shape, elementType: tensor.elementType)
    if !tensor.name.isEmpty, let written = constants[key] { return written }
    var copy = tensor
    copy.name = unique(own)
    constants[key] = copy.name
    graph.initializers.append(copy)
    return copy.name
  }

  mutating func constant(integers: [Int], _ name: String) -> String {
    constant(
      Tensor(ReferenceTensor(shape: [integers.count], integers: integers.map { Int64($0) })), name)
  }

  /// A single number of the type of a value.
  mutating func constant(number: Double, _ type: ElementType, _ name: String) -> String {
    constant(Tensor(ReferenceTensor(shape: [], [number], elementType: type)), name)
  }
}

extension Network {
  /// Factors of -1 that nothing but a sum of two reads, of which the other term is none.
  fileprivate var subtrahends: Set<Int> {
    var result: Set<Int> = []
    let readers = readers
    let outputs = Set(outputs.map(\.node.index))
    for (index, node) in nodes.enumerated() {
      guard case .linear(.scale(let factor)) = node.operation, factor.count == 1,
        (try? factor.doubles()) == [-1], readers[index].count == 1, !outputs.contains(index),
        case .add = nodes[readers[index][0]].operation
      else { continue }
      let terms = nodes[readers[index][0]].inputs
      guard terms.count == 2, !terms.contains(where: { result.contains($0.index) }) else {
        continue
      }
      result.insert(index)
    }
    return result
  }
}

extension UTF8Name {
  fileprivate func isSame(_ name: String) -> Bool { self == UTF8Name(name) }
}
