extension PlanGraph {
  /// Lets the operation before an activation apply it, where nothing else reads what is between, and
  /// an activation a factor and a summand for all channels after it.
  mutating func fuseActivations(intoConvolutions: Bool) {
    if intoConvolutions { fuseScales() }
    fuse { operation, writer in
      guard case .activation(let activation) = operation else { return false }
      return writer.apply(activation, intoConvolutions: intoConvolutions)
    }
  }

  private mutating func fuseScales() {
    fuse { operation, writer in
      guard case .affine(let expression, nil) = operation,
        case .activation(var activation) = writer, activation.scale == 1, activation.shift == 0,
        let (scale, shift) = expression.uniformAffine
      else { return false }
      (activation.scale, activation.shift) = (scale, shift)
      writer = .activation(activation)
      return true
    }
  }

  /// Removes operations that the one before does, as the body says.
  private mutating func fuse(_ body: (_ operation: Kind, _ writer: inout Kind) -> Bool) {
    let readers = readers
    var writers = writers
    var fused: Set<Int> = []
    for (index, operation) in operations.enumerated() {
      guard let source = operation.reads.first, operation.reads.count == 1,
        readers[source].count == 1, let writer = writers[source],
        body(operation.kind, &operations[writer].kind)
      else { continue }
      operations[writer].result = operation.result
      writers[operation.result] = writer
      fused.insert(index)
    }
    operations = operations.indices.filter { !fused.contains($0) }.map { operations[$0] }
  }
}

extension PlanGraph.Kind {
  /// Makes the operation apply an activation after it; says whether it can.
  fileprivate mutating func apply(
    _ activation: FusedActivation, intoConvolutions: Bool
  ) -> Bool {
    switch self {
    case .convolution(var convolution):
      guard intoConvolutions, convolution.epilogue.activation == nil else { return false }
      convolution.epilogue.activation = activation
      self = .convolution(convolution)
    case .dense(let linear, nil) where activation == FusedActivation(activation.function):
      self = .dense(linear, activation.function)
    case .gate(nil): self = .gate(activation)
    case .add(nil) where intoConvolutions: self = .add(activation)
    case .affine(let expression, nil) where intoConvolutions:
      self = .affine(expression, activation)
    case .dense, .gate, .add, .affine, .input, .constant, .images, .activation, .globalMean,
      .concatenation, .part, .planned, .output:
      return false
    }
    return true
  }
}

extension LinearExpression {
  /// The factor and the summand, if they are the same for every channel.
  fileprivate var uniformAffine: (scale: Float, shift: Float)? {
    func uniform(_ tensor: Tensor) -> Double? {
      guard tensor.count == 1 else { return nil }
      return (try? tensor.doubles())?.first
    }
    switch self {
    case .identity: return (1, 0)
    case .scale(let factor): return uniform(factor).map { (Float($0), 0) }
    case .shift(let summand): return uniform(summand).map { (1, Float($0)) }
    case .sequence(let parts):
      var (scale, shift) = (1.0, 0.0)
      for part in parts {
        switch part {
        case .identity: continue
        case .scale(let factor):
          guard let factor = uniform(factor) else { return nil }
          (scale, shift) = (scale * factor, shift * factor)
        case .shift(let summand):
          guard let summand = uniform(summand) else { return nil }
          shift += summand
        default: return nil
        }
      }
      return (Float(scale), Float(shift))
    default: return nil
    }
  }
}
