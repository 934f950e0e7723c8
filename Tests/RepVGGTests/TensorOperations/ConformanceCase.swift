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
    let defaults = Set(model.graph.initializers.map(\.name))
    var inputs: [String: ReferenceTensor] = [:]
    for (index, input) in model.graph.inputs.filter({ !defaults.contains($0.name) }).enumerated() {
      let path = "\(data)/input_\(index).pb"
      guard FileManager.default.fileExists(atPath: path) else { continue }
      inputs[input.name] = try Self.tensor(path, as: input.elementType)
    }
    let run = try GraphRun(model, inputs: inputs, knowsInputs: true)
    for (index, output) in model.graph.outputs.enumerated() {
      guard let value = run.tensors[output.name] else {
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
