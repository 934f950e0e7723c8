/// An operation on whole tensors, batch included, as ONNX defines it.
///
/// One file for each: its parameters, its rule of types and shapes, its meaning in Float64 and how
/// ONNX stores it. Parameters that files always store as constants (axes, permutations, windows) are
/// properties; what may be computed (a shape, the bounds of a slice) is an input.
package protocol TensorOperation: Sendable {
  /// ONNX's names of the operators that ``read(_:)`` reads.
  static var operatorTypes: [String] { get }

  /// ONNX's name of the operator, for messages.
  var name: String { get }

  /// The operation of an ONNX node.
  ///
  /// - Throws: `unsupported` that names the operator and what of it is not supported, `badData` for
  ///   a node that ONNX does not allow.
  static func read(_ node: ONNXOperator) throws(RepVGGError) -> TensorOperationNode

  /// How ONNX stores the operation.
  ///
  /// - Throws: `unsupported` if the operator set has no such operator.
  func written(opset: Int) throws(RepVGGError) -> ONNXForm

  /// What is known of the result when this is known of the inputs; nil is an absent input.
  ///
  /// - Throws: `badData` if the inputs do not fit together.
  func facts(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts

  /// The result; nil is an absent input.
  ///
  /// - Throws: `badData` if the inputs do not fit together, `unsupported`, `outOfMemory` for a
  ///   result beyond ``ReferenceTensor``'s limit of elements.
  func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor
}

/// An operation, and which inputs of the ONNX node it reads, in its own order.
package struct TensorOperationNode: Sendable {
  package var operation: any TensorOperation
  /// Indices of the node's inputs; nil is an absent one.
  package var inputs: [Int?]

  package init(_ operation: any TensorOperation, inputs: [Int?]) {
    self.operation = operation
    self.inputs = inputs
  }
}

/// How ONNX stores an operation.
package struct ONNXForm: Sendable {
  package var type: String
  package var attributes: [ONNXAttribute]
  package var inputs: [Input]

  package enum Input: Sendable {
    /// An input of the operation by its index.
    case value(Int)
    /// A parameter that this operator set stores as an input.
    case constant(ReferenceTensor)
    case absent
  }

  package init(_ type: String, attributes: [ONNXAttribute] = [], inputs: [Input]) {
    self.type = type
    self.attributes = attributes
    self.inputs = inputs
  }
}

/// An ONNX node as the readers of operators see it.
package struct ONNXOperator: Sendable {
  package let node: ONNXNode
  /// The version of the operator's domain.
  package let opset: Int
  /// The value of each input that is a constant; nil for those that are computed or absent.
  package let constants: [ReferenceTensor?]

  package init(_ node: ONNXNode, opset: Int, constants: [ReferenceTensor?]) {
    self.node = node
    self.opset = opset
    self.constants = constants
  }

  /// Whether an input is there.
  package func has(_ input: Int) -> Bool {
    node.inputs.indices.contains(input) && !node.inputs[input].isEmpty
  }

  /// The index of an input, nil if it is absent.
  package func input(_ index: Int) -> Int? { has(index) ? index : nil }
}
