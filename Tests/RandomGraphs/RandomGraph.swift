import RepVGG
import SeededNumbers

/// A valid ONNX model that bytes decide, an input, and the value of every node in Float64.
///
/// Nodes are appended until the bytes are used up. Each is computed by ONNX's definition of its operator;
/// those that do not fit what they read, that take long, or whose results leave a moderate range are
/// left out. All values that no other node reads are outputs, and some that others read.
package struct RandomGraph {
  package private(set) var model: ONNXModel
  package let input: ReferenceTensor
  /// Every value in the order of the graph, the input first.
  package private(set) var values: [(name: String, tensor: ReferenceTensor)] = []
  private var outputs: Set<String> = []
  private var inputsRead: Set<String> = []

  var choices: Choices
  /// Weights: what they are is of no interest.
  private var numbers = SplitMix64(seed: 11)
  private var nameCount = 0

  static let opset = 20
  private static let nodeLimit = 40

  /// The graph of some bytes.
  package init(_ bytes: [UInt8]) {
    choices = Choices(bytes)
    var shape = [
      choices.one(of: [1, 2, 3]), choices.one(of: [3, 4, 1, 8, 16, 17, 5, 24]),
      choices.one(of: [7, 8, 5, 1, 13, 10, 16, 19, 2, 41]),
      choices.one(of: [6, 8, 9, 1, 12, 15, 3, 17, 20, 40]),
    ]
    if shape.reduce(1, *) > Self.elementLimit / 2 { shape[1] = 3 }
    let isFixed = choices.below(2) == 0
    model = ONNXModel(
      opsets: [ONNXOpset(version: Self.opset)],
      graph: ONNXGraph(
        inputs: [
          ONNXValue(
            name: "x", elementType: .float32,
            dimensions: isFixed
              ? shape.map { .fixed($0) }
              : [.symbol("batch"), .fixed(shape[1]), .symbol("height"), .symbol("width")])
        ]))
    var numbers = SplitMix64(seed: 5)
    input = ReferenceTensor(
      shape: shape, (0..<shape.reduce(1, *)).map { _ in Double(numbers.float()) })
    values.append(("x", input))
    if choices.once(in: 16) { outputs.insert("x") }
    while !choices.isEmpty, model.graph.nodes.count < Self.nodeLimit { appendNodes() }
    if values.count == 1 { _ = add("Relu", ["x"]) }
    for (name, _) in values.dropFirst() where !inputsRead.contains(name) { outputs.insert(name) }
    model.graph.outputs = values.filter { outputs.contains($0.name) }.map {
      ONNXValue(name: $0.name, elementType: .float32, dimensions: nil)
    }
  }

  /// Random bytes for a seed.
  package static func bytes(seed: UInt64) -> [UInt8] {
    var numbers = SplitMix64(seed: seed, keys: 20)
    return (0..<20 + numbers.below(160)).map { _ in UInt8(truncatingIfNeeded: numbers.next() >> 32)
    }
  }

  /// The graph as text, a line for each node.
  package var text: String {
    var lines = ["x \(input.shape) \(model.graph.inputs[0].dimensions?.text ?? "")"]
    let shapes = Dictionary(values.map { ($0.name, $0.tensor.shape) }) { $1 }
    let constants = Dictionary(
      model.graph.initializers.map { tensor in
        let integers = tensor.elementType.isReal ? nil : try? tensor.integers()
        return (tensor.name, integers.map { "\($0.prefix(12))" } ?? "\(tensor.shape)")
      }
    ) { $1 }
    for node in model.graph.nodes {
      let reads = node.inputs.map { name in constants[name].map { "const\($0)" } ?? name }
      let attributes = node.attributes.map { "\($0.name)=\($0.value)" }
      lines.append(
        "\(node.outputs) = \(node.type)(\(reads.joined(separator: ", ")))"
          + " \(attributes.joined(separator: " ")) -> \(node.outputs.map { shapes[$0] ?? [] })")
    }
    lines.append("outputs \(model.graph.outputs.map(\.name))")
    return lines.joined(separator: "\n")
  }

  // MARK: - Values

  /// A value, mostly one of the last, of those that a condition holds for.
  mutating func pick(
    _ condition: (ReferenceTensor) -> Bool = { _ in true }
  ) -> (name: String, shape: [Int])? {
    let candidates = values.filter { condition($0.tensor) }
    guard !candidates.isEmpty else { return nil }
    let back = choices.once(in: 3) ? choices.below(candidates.count) : choices.below(2)
    let value = candidates[max(0, candidates.count - 1 - back)]
    return (value.name, value.tensor.shape)
  }

  /// An image.
  mutating func pickImage() -> (name: String, shape: [Int])? { pick { $0.shape.count == 4 } }

  /// A constant of random numbers in a range.
  mutating func random(_ shape: [Int], _ low: Double = -1, _ high: Double = 1) -> String {
    let values = (0..<shape.reduce(1, *)).map { _ in
      // Float32, as in a file.
      Double(Float(low + (high - low) * numbers.unit()))
    }
    return constant(ReferenceTensor(shape: shape, values))
  }

  mutating func constant(_ integers: [Int]) -> String {
    constant(ReferenceTensor(shape: [integers.count], integers: integers.map { Int64($0) }))
  }

  mutating func constant(_ tensor: ReferenceTensor) -> String {
    let name = newName("c")
    model.graph.initializers.append(Tensor(tensor, name: name))
    return name
  }

  private mutating func newName(_ prefix: String) -> String {
    nameCount += 1
    return "\(prefix)\(nameCount)"
  }

  // MARK: - Nodes

  /// Appends a node; the names of its results, nil where it does not fit.
  mutating func add(
    _ type: String, _ inputs: [String], _ attributes: [String: ONNXAttribute.Value] = [:],
    outputCount: Int
  ) -> [String]? {
    let constants = Dictionary(
      model.graph.initializers.map { ($0.name, try? ReferenceTensor($0)) }
    ) { $1 }
    let node = ONNXNode(
      type: type, inputs: inputs, outputs: (0..<outputCount).map { _ in newName("v") },
      attributes: attributes.sorted { $0.key < $1.key }.map { ONNXAttribute($0.key, $0.value) })
    let known = inputs.map { name in constants[name].flatMap { $0 } }
    var operands: [ReferenceTensor?] = []
    for (place, name) in inputs.enumerated() {
      operands.append(known[place] ?? values.first { $0.name == name }?.tensor)
    }
    guard
      let operations = try? TensorOperations.read(
        ONNXOperator(node, opset: Self.opset, constants: known)),
      operations.count >= outputCount
    else { return nil }
    var results: [ReferenceTensor] = []
    for operation in operations.prefix(outputCount) {
      let arguments = operation.inputs.map { input -> ReferenceTensor? in
        switch input {
        case .value(let place): operands[place]
        case .constant(let tensor): tensor
        case .absent: nil
        }
      }
      guard let result = try? operation.operation.evaluated(on: arguments),
        let elements = result.reals, result.elementType == .float32,
        (1...Self.elementLimit).contains(elements.count),
        elements.allSatisfy({ abs($0) <= Self.magnitudeLimit })
      else { return nil }
      results.append(result)
    }
    model.graph.nodes.append(node)
    inputsRead.formUnion(inputs)
    for (name, result) in zip(node.outputs, results) {
      values.append((name, result))
      if choices.once(in: 7) { outputs.insert(name) }
    }
    return node.outputs
  }

  mutating func add(
    _ type: String, _ inputs: [String], _ attributes: [String: ONNXAttribute.Value] = [:]
  ) -> String? {
    add(type, inputs, attributes, outputCount: 1)?.first
  }

  private static let elementLimit = 16_000
  private static let magnitudeLimit = 100.0

  /// The shape of a value.
  func shape(of name: String) -> [Int] { values.first { $0.name == name }?.tensor.shape ?? [] }

  private mutating func appendNodes() {
    let constantCount = model.graph.initializers.count
    let nodeCount = model.graph.nodes.count
    if choices.below(3) > 0 { appendToImage() } else { appendToTensor() }
    // Constants of a node that did not fit.
    if model.graph.nodes.count == nodeCount {
      model.graph.initializers.removeLast(model.graph.initializers.count - constantCount)
    }
  }
}

extension [Dimension] {
  fileprivate var text: String { "\(map { $0.size.map { "\($0)" } ?? "?" })" }
}
