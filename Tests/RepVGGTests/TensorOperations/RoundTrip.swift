import RepVGG

/// An operation as a node of an operator set, read again.
struct RoundTrip {
  let original: TensorOperationNode
  let opset: Int

  init(_ original: TensorOperationNode, opset: Int) {
    self.original = original
    self.opset = opset
  }

  struct Failure: Error { var text: String }

  /// - Throws: `unsupported` if the set has no such operator, ``Failure`` if it is another one.
  func check() throws {
    let form = try original.operation.written(opset: opset)
    let inputs: [OperationInput] = form.inputs.map { input in
      // What the operation does not read, the node does not either.
      if case .value(let index) = input {
        let isThere = original.inputs.indices.contains(index) && original.inputs[index] != .absent
        return isThere ? input : .absent
      }
      return input
    }
    var names: [String] = []
    var constants: [ReferenceTensor?] = []
    for input in inputs {
      switch input {
      case .value(let index): names.append("v\(index)")
      case .constant: names.append("constant")
      case .absent: names.append("")
      }
      if case .constant(let tensor) = input {
        constants.append(tensor)
      } else {
        constants.append(nil)
      }
    }
    let node = ONNXNode(
      type: form.type, inputs: names, outputs: (0..<form.outputCount).map { "o\($0)" },
      attributes: form.attributes)
    let again = try TensorOperations.read(
      ONNXOperator(node, opset: opset, constants: constants))[form.output]
    guard again.operation.isEqual(to: original.operation) else {
      throw Failure(text: "\(original.operation) became \(again.operation)")
    }
    for index in 0..<max(again.inputs.count, original.inputs.count) {
      let isThere = original.inputs.indices.contains(index) && original.inputs[index] != .absent
      let ours: OperationInput = isThere ? .value(index) : .absent
      var theirs = again.inputs.indices.contains(index) ? again.inputs[index] : .absent
      if case .value(let place) = theirs { theirs = inputs[place] }
      guard ours == theirs else {
        throw Failure(text: "\(original.operation): input \(index) became \(theirs)")
      }
    }
  }
}
