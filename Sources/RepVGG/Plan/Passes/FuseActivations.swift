extension PlanGraph {
  /// Lets the operation before an activation apply it, where nothing else reads what is between.
  mutating func fuseActivations(intoConvolutions: Bool) {
    let (readers, writers) = (readers, writers)
    var fused: Set<Int> = []
    for (index, operation) in operations.enumerated() {
      guard case .activation(let activation) = operation.kind,
        readers[operation.reads[0]].count == 1, let writer = writers[operation.reads[0]],
        operations[writer].kind.apply(activation, intoConvolutions: intoConvolutions)
      else { continue }
      operations[writer].result = operation.result
      fused.insert(index)
    }
    operations = operations.indices.filter { !fused.contains($0) }.map { operations[$0] }
  }
}

extension PlanGraph.Kind {
  /// Makes the operation apply an activation after it; says whether it can.
  fileprivate mutating func apply(
    _ activation: Network.Activation, intoConvolutions: Bool
  ) -> Bool {
    switch self {
    case .convolution(var convolution):
      guard intoConvolutions, activation == .relu else { return false }
      convolution.epilogue.appliesReLU = true
      self = .convolution(convolution)
    case .dense(let linear, let applied):
      guard applied == nil else { return false }
      self = .dense(linear, activation)
    case .gate(let appliesReLU):
      guard !appliesReLU, activation == .relu else { return false }
      self = .gate(appliesReLU: true)
    case .input, .affine, .activation, .add, .globalMean, .output:
      return false
    }
    return true
  }
}
