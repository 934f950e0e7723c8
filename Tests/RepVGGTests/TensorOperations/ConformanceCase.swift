import Foundation
import RepVGG

/// A model and a set of inputs with the outputs that belong to them.
struct ConformanceCase {
  let model: ONNXModel
  /// The folder of `input_0.pb`, `output_0.pb` and so on.
  let data: String

  /// Half an order tighter than that of ONNX's own runner; some stored outputs are that inexact.
  static let tolerance = 1e-4

  /// Runs the model node by node, every value known, and compares all outputs.
  func check() throws {
    var values: [String: ReferenceTensor] = [:]
    for tensor in model.graph.initializers { values[tensor.name] = try ReferenceTensor(tensor) }
    let inputs = model.graph.inputs.filter { values[$0.name] == nil }
    for (index, input) in inputs.enumerated() {
      let path = "\(data)/input_\(index).pb"
      guard FileManager.default.fileExists(atPath: path) else { continue }
      values[input.name] = try Self.tensor(path, as: input.elementType)
    }
    let opset = model.opsets.first { $0.domain.isEmpty }?.version ?? 0
    for node in model.graph.nodes { try run(node, opset: opset, &values) }
    for (index, output) in model.graph.outputs.enumerated() {
      guard let value = values[output.name] else {
        throw RepVGGError(.unsupported, "output \(index) of \(model.graph.nodes.last?.type ?? "")")
      }
      let expected = try Self.tensor("\(data)/output_\(index).pb", as: output.elementType)
      if let difference = Self.difference(value, expected) { throw Failure(text: difference) }
    }
  }

  struct Failure: Error { var text: String }

  private static func tensor(_ path: String, as type: ElementType) throws -> ReferenceTensor {
    let tensor = try ReferenceTensor(ONNXReader.tensor(InputFile(path: path)))
    guard type == .bfloat16, let bits = tensor.integers else { return tensor }
    // NumPy has no such type: the files hold its bits.
    return ReferenceTensor(
      shape: tensor.shape,
      bits.map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0) << 16)) },
      elementType: type)
  }

  private func run(
    _ node: ONNXNode, opset: Int, _ values: inout [String: ReferenceTensor]
  ) throws {
    let constants = node.inputs.map { values[$0] }
    let operations = try TensorOperations.read(
      ONNXOperator(node, opset: opset, constants: constants))
    for (output, operation) in zip(node.outputs, operations) where !output.isEmpty {
      let inputs: [ReferenceTensor?] = operation.inputs.map { input in
        switch input {
        case .value(let index): constants[index]
        case .constant(let tensor): tensor
        case .absent: nil
        }
      }
      let result = try operation.operation.evaluated(on: inputs)
      let facts = try operation.operation.facts(of: inputs.map { $0.map { TensorFacts($0) } })
      if facts.elementType != result.elementType || (facts.shape ?? result.shape) != result.shape {
        throw Failure(text: "\(facts) is not known of \(result.elementType) \(result.shape)")
      }
      values[output] = result
    }
  }

  /// What differs, nil if nothing does.
  private static func difference(
    _ value: ReferenceTensor, _ expected: ReferenceTensor
  ) -> String? {
    guard value.shape == expected.shape else { return "\(value.shape), not \(expected.shape)" }
    guard value.elementType == expected.elementType else {
      return "\(value.elementType), not \(expected.elementType)"
    }
    switch (value.elements, expected.elements) {
    case (.integer(let ours), .integer(let theirs)):
      return ours == theirs ? nil : "\(ours.prefix(20)), not \(theirs.prefix(20))"
    case (.real(let ours), .real(let theirs)):
      let tolerance =
        switch value.elementType {
        case .float16: 2e-3
        case .bfloat16: 1e-2
        default: Self.tolerance
        }
      let largest = theirs.filter(\.isFinite).map(abs).max() ?? 0
      for (a, b) in zip(ours, theirs) {
        let isSame =
          a == b || a.isNaN && b.isNaN || abs(a - b) <= tolerance * max(abs(b), largest) + 1e-7
        if !isSame { return "\(a), not \(b)" }
      }
      return nil
    default: return "the types differ"
    }
  }
}
