extension PlanGraph {
  /// Lets convolutions add what an addition after them would.
  ///
  /// That is a value of the same layout that was computed before, or the source pixel times a factor
  /// per channel: so run the branches of a folded block, and residual connections.
  mutating func accumulateSums() {
    var index = 0
    while index < operations.count {
      if case .add = operations[index].kind, accumulateSum(at: index) {
        // The operations after it have moved up, and others may now be added.
        index = 0
      } else {
        index += 1
      }
    }
  }

  /// Removes an addition whose one term can be added by the convolution that is the other; says
  /// whether it has.
  private mutating func accumulateSum(at index: Int) -> Bool {
    let (readers, writers) = (readers, writers)
    let sum = operations[index]
    guard case .add(let activation) = sum.kind, sum.reads[0] != sum.reads[1] else { return false }
    // Operations that nothing but the sum reads.
    let own = sum.reads.map { readers[$0].count == 1 ? writers[$0] : nil }
    if activation == nil, let first = own[0], let second = own[1] {
      for (affine, other) in [(first, second), (second, first)] {
        guard case .affine(let expression, nil) = operations[affine].kind,
          case .convolution(var convolution) = operations[other].kind,
          convolution.identity == nil, !convolution.isDepthwise,
          convolution.epilogue.activation == nil,
          operations[affine].reads[0] == operations[other].reads[0],
          layout(of: operations[other].reads[0]) == layout(of: sum.result)
        else { continue }
        convolution.identity = expression
        convolution.epilogue.addsScaledIdentity = true
        operations[other].kind = .convolution(convolution)
        operations[other].result = sum.result
        operations.remove(at: index)
        operations.remove(at: affine)
        return true
      }
    }
    // The later of two operations can add what the earlier one has written.
    let terms = [(own[1], sum.reads[0]), (own[0], sum.reads[1])].sorted {
      ($0.0 ?? -1) > ($1.0 ?? -1)
    }
    for (writer, addend) in terms {
      guard let writer, let other = writers[addend], other < writer,
        case .convolution(var convolution) = operations[writer].kind,
        !convolution.epilogue.accumulates, convolution.epilogue.activation == nil,
        layout(of: addend) == layout(of: sum.result), values[addend].storage == .image
      else { continue }
      convolution.epilogue.accumulates = true
      convolution.epilogue.activation = activation
      operations[writer].kind = .convolution(convolution)
      operations[writer].reads.append(addend)
      operations[writer].result = sum.result
      operations.remove(at: index)
      return true
    }
    return false
  }
}
