extension Network {
  /// An operation on whole tensors as a node of a network.
  public struct TensorFunction: Sendable {
    /// What is computed.
    package let operation: any TensorOperation
    /// For each input of the operation, whether the node has it; one that is absent is left out of
    /// the node's inputs.
    package let presence: [Bool]

    package init(_ operation: any TensorOperation, presence: [Bool]) {
      self.operation = operation
      self.presence = presence
    }

    /// ONNX's name of the operator: `MaxPool`.
    public var name: String { operation.operatorType }

    /// What the operation is passed: the node's inputs, and nil for those that are absent.
    package func arguments<Value>(_ inputs: [Value]) -> [Value?] {
      var rest = inputs[...]
      return presence.map { $0 ? rest.popFirst() : nil }
    }
  }
}
