/// An operation on whole tensors, batch included, as ONNX defines it.
///
/// One file for each: its parameters, its rule of types and shapes, its meaning in Float64 and how
/// ONNX stores it. Parameters that files always store as constants (axes, permutations, windows) are
/// properties; what may be computed (a shape, the bounds of a slice) is an input.
package protocol TensorOperation: Sendable, Hashable {
  /// ONNX's names of the operators that ``read(_:)`` reads.
  static var operatorTypes: [String] { get }

  /// The operations of an ONNX node, one for each of its outputs in their order.
  ///
  /// Optional outputs at the end that inference does not need (a mask, indices) have none: to read
  /// such an output is an error of whoever does.
  ///
  /// - Throws: `unsupported` that names the operator and what of it is not supported, `badData` for
  ///   a node that ONNX does not allow.
  static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode]

  /// ONNX's name of the operator, for messages and reports.
  var operatorType: String { get }

  /// How ONNX stores the operation, for operator sets 13 to 22.
  ///
  /// - Throws: `unsupported` if the operator set has no such operator.
  func written(opset: Int) throws(RepVGGError) -> ONNXForm

  /// The element type and dimensions of the result when this is known of the inputs; nil is an
  /// absent input. ``facts(of:)`` adds the elements.
  ///
  /// - Throws: `badData` if the inputs do not fit together.
  func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts

  /// The elements of a small result of a known shape, nil if they are not known.
  func resultElements(of inputs: [TensorFacts?], shape: [Int]) -> [Dimension]?

  /// The result; nil is an absent input.
  ///
  /// - Throws: `badData` if the inputs do not fit together, `unsupported`, `outOfMemory` for a
  ///   result beyond ``ReferenceTensor``'s limit of elements.
  func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor

  /// The same operation on such inputs in a form that more operator sets can store; usually itself.
  func specialized(for inputs: [TensorFacts?]) -> any TensorOperation
}

extension TensorOperation {
  package var operatorType: String { Self.operatorTypes.first ?? "" }

  package func specialized(for inputs: [TensorFacts?]) -> any TensorOperation { self }

  /// What is known of the result when this is known of the inputs; nil is an absent input.
  ///
  /// - Throws: `badData` if the inputs do not fit together.
  package func facts(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    var facts = try resultType(of: inputs)
    if let shape = facts.shape, let count = ReferenceTensor.elementCount(of: shape),
      count <= TensorFacts.elementLimit
    {
      facts.elements = resultElements(of: inputs, shape: shape)
    }
    return facts
  }

  package func resultElements(of inputs: [TensorFacts?], shape: [Int]) -> [Dimension]? {
    evaluatedElements(of: inputs)
  }

  /// The elements of the result if all elements of the inputs are known.
  func evaluatedElements(of inputs: [TensorFacts?]) -> [Dimension]? {
    var tensors: [ReferenceTensor?] = []
    for input in inputs {
      guard let input else {
        tensors.append(nil)
        continue
      }
      guard let tensor = input.tensor else { return nil }
      tensors.append(tensor)
    }
    return (try? evaluated(on: tensors)).flatMap { TensorFacts($0).elements }
  }

  /// Whether two operations are equal.
  package func isEqual(to other: any TensorOperation) -> Bool { (other as? Self) == self }

  /// The shape of the result, checked against the limit of elements.
  func resultShape(of inputs: [ReferenceTensor?]) throws(RepVGGError) -> [Int] {
    let facts = try resultType(of: inputs.map { $0.map { TensorFacts($0) } })
    guard let shape = facts.shape else { throw invalid("its result has no known shape") }
    try checkCount(of: shape)
    return shape
  }

  /// Refuses a result that is larger than the limit of elements.
  func checkCount(of shape: [Int]) throws(RepVGGError) {
    guard ReferenceTensor.elementCount(of: shape) != nil else {
      throw RepVGGError(
        .outOfMemory,
        "\(operatorType): a result of the shape \(shape) has more than \(ReferenceTensor.elementLimit) elements"
      )
    }
  }

  /// Refuses products that take too long.
  func checkWork(_ factors: [Int]) throws(RepVGGError) {
    var product = 1
    for factor in factors where factor != 1 {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      guard !overflow, next <= 1 << 37 else {
        throw RepVGGError(.unsupported, "\(operatorType): it takes more than 2^37 multiplications")
      }
      product = next
    }
  }

  /// The inputs do not fit the operation.
  func invalid(_ reason: String) -> RepVGGError {
    RepVGGError(.badData, "\(operatorType): \(reason)")
  }

  /// An operator set without this operation.
  func notIn(opset: Int, since first: Int) -> RepVGGError {
    RepVGGError(
      .unsupported,
      "\(operatorType) is in operator sets from \(first), not in \(opset); write operator set \(first) or a later one"
    )
  }
}

/// What an operation reads.
package enum OperationInput: Sendable, Hashable {
  /// An input by its index: of the ONNX node where one is read, of the operation where one is
  /// written.
  case value(Int)
  /// A parameter that is stored as an input here and as an attribute there.
  case constant(ReferenceTensor)
  case absent
}

/// An operation, and what it reads, in its own order.
package struct TensorOperationNode: Sendable {
  package var operation: any TensorOperation
  package var inputs: [OperationInput]

  package init(_ operation: any TensorOperation, inputs: [OperationInput]) {
    self.operation = operation
    self.inputs = inputs
  }
}

/// How ONNX stores an operation.
package struct ONNXForm: Sendable {
  package var type: String
  package var attributes: [ONNXAttribute]
  package var inputs: [OperationInput]
  /// How many outputs the node has, and which of them is the result.
  package var outputCount = 1
  package var output = 0

  package init(_ type: String, attributes: [ONNXAttribute] = [], inputs: [OperationInput]) {
    self.type = type
    self.attributes = attributes
    self.inputs = inputs
  }
}
