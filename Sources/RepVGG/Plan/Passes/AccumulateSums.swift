extension PlanGraph {
  /// Lets convolutions add what an addition after them would.
  ///
  /// That is a value that nothing else reads, in place, or the source pixel times a factor per
  /// channel: so run the branches of a folded block.
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
    let terms = sum.reads.compactMap { value in
      readers[value].count == 1 ? writers[value] : nil
    }
    guard terms.count == 2, terms[0] != terms[1] else { return false }
    let (first, second) = (min(terms[0], terms[1]), max(terms[0], terms[1]))
    for (affine, other) in [(first, second), (second, first)] {
      guard case .affine(let expression) = operations[affine].kind,
        case .convolution(var convolution) = operations[other].kind,
        convolution.identity == nil, !convolution.epilogue.appliesReLU,
        operations[affine].reads[0] == operations[other].reads[0],
        layouts[operations[other].reads[0]] == layouts[sum.result]
      else { continue }
      convolution.identity = expression
      convolution.epilogue.addsScaledIdentity = true
      operations[other].kind = .convolution(convolution)
      operations[other].result = sum.result
      operations.remove(at: index)
      operations.remove(at: affine)
      return true
    }
    // The later of two operations can add what the earlier one has written.
    guard case .convolution(var convolution) = operations[second].kind,
      !convolution.epilogue.accumulates, !convolution.epilogue.appliesReLU,
      layouts[operations[first].result] == layouts[sum.result]
    else { return false }
    convolution.epilogue.accumulates = true
    operations[second].kind = .convolution(convolution)
    operations[second].reads.append(operations[first].result)
    operations[second].result = sum.result
    operations.remove(at: index)
    return true
  }
}
