extension PlanGraph {
  /// Lets the operation before an activation apply it, where nothing else reads what is between.
  mutating func fuseActivations(intoConvolutions: Bool) {
    let (readers, writers) = (readers, writers)
    var fused: Set<Int> = []
    for (index, operation) in operations.enumerated() {
      guard case .activation(let activation) = operation.kind,
        readers[operation.reads[0]].count == 1, let writer = writers[operation.reads[0]],
        let kind = operations[writer].kind.applying(
          activation, intoConvolutions: intoConvolutions)
      else { continue }
      operations[writer].kind = kind
      operations[writer].result = operation.result
      fused.insert(index)
    }
    operations = operations.indices.filter { !fused.contains($0) }.map { operations[$0] }
  }
}

extension PlanGraph.Kind {
  /// The operation with an activation after it; nil where it cannot apply one.
  fileprivate func applying(
    _ activation: Network.Activation, intoConvolutions: Bool
  ) -> PlanGraph.Kind? {
    switch self {
    case .convolution(var convolution):
      guard intoConvolutions, activation == .relu else { return nil }
      convolution.epilogue.appliesReLU = true
      return .convolution(convolution)
    case .dense(let linear, let applied):
      return applied == nil ? .dense(linear, activation) : nil
    case .gate(let appliesReLU):
      return !appliesReLU && activation == .relu ? .gate(appliesReLU: true) : nil
    case .input, .affine, .activation, .add, .globalMean, .output:
      return nil
    }
  }
}
