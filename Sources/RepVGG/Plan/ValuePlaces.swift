/// The values of a plan that those of its graph become, while steps are made.
struct ValuePlaces {
  private let graph: PlanGraph
  private var ids: [ValueID?]
  /// The last operation that reads anything in the memory of a value.
  private let lastReaders: [Int]
  /// Whether other values are parts of a value.
  private let hasParts: [Bool]

  init(_ graph: PlanGraph) {
    self.graph = graph
    ids = [ValueID?](repeating: nil, count: graph.values.count)
    var lastReaders = [Int](repeating: 0, count: graph.values.count)
    var hasParts = [Bool](repeating: false, count: graph.values.count)
    for (index, operation) in graph.operations.enumerated() {
      for value in operation.reads {
        lastReaders[value] = index
      }
    }
    for value in graph.values.indices where graph.values[value].part != nil {
      hasParts[graph.root(value)] = true
    }
    self.lastReaders = lastReaders
    self.hasParts = hasParts
  }

  mutating func set(_ value: PlanGraph.ValueIndex, _ id: ValueID) { ids[value] = id }

  /// The plan's value; one in the arena, or in the memory of the value that it is a part of.
  mutating func id(of value: PlanGraph.ValueIndex, _ builder: inout PlanBuilder) -> ValueID {
    if let id = ids[value] { return id }
    let id: ValueID
    if let part = graph.values[value].part {
      let whole = self.id(of: part.of, &builder)
      id = builder.value(
        graph.layout(of: value),
        place: .part(of: whole, byteOffset: part.channel * MemoryLayout<Float>.stride))
    } else {
      id = builder.value(graph.layout(of: value))
    }
    ids[value] = id
    return id
  }

  /// The operand of an operation whose memory its result may take; nil for none.
  func operandToOverwrite(at index: Int) -> Int? {
    let operation = graph.operations[index]
    let result = graph.values[operation.result]
    guard result.part == nil else { return nil }
    return operation.operandsToOverwrite.first { place in
      let operand = operation.reads[place]
      return lastReaders[operand] == index && graph.values[operand].part == nil
        && !hasParts[operand] && !hasParts[operation.result]
        && operation.reads.count(where: { $0 == operand }) == 1
        && graph.layout(of: operand) == graph.layout(of: operation.result)
        && graph.isOwned(operand)
    }
  }
}

extension PlanGraph {
  /// Whether a value is in the session's memory, and so may be overwritten.
  fileprivate func isOwned(_ value: ValueIndex) -> Bool {
    guard let writer = operations.first(where: { $0.result == value }) else { return false }
    switch writer.kind {
    case .input, .constant, .output: return false
    default: return !outputs.contains { $0.value == value }
    }
  }
}

extension PlanGraph.Operation {
  /// Positions of the operands that the result may overwrite, the preferred one first.
  fileprivate var operandsToOverwrite: [Int] {
    switch kind {
    case .convolution(let convolution): convolution.epilogue.accumulates ? [1] : []
    case .activation, .gate: [0]
    case .add: [0, 1]
    case .input, .constant, .images, .affine, .globalMean, .dense, .concatenation, .part, .planned,
      .output:
      []
    }
  }
}
