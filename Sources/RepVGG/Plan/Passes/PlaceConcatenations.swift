extension PlanGraph {
  /// Lets operations write their results straight into a concatenation of channels, where these start
  /// and end at whole channel blocks; the others are copied.
  mutating func placeConcatenations() {
    let (writers, bound) = (writers, valuesOfBoundLayout)
    for operation in operations {
      guard case .concatenation = operation.kind else { continue }
      var channel = 0
      for (place, value) in operation.reads.enumerated() {
        let channels = values[value].shape[1]
        defer { channel += channels }
        let isLast = place == operation.reads.count - 1
        guard values[value].part == nil, !bound.contains(value),
          operation.reads.count(where: { $0 == value }) == 1, values[value].isPadded,
          channel % channelBlock == 0, isLast || channels % channelBlock == 0,
          let writer = writers[value], operations[writer].kind.writesParts
        else { continue }
        values[value].part = (of: operation.result, channel: channel)
      }
    }
  }

  /// Values that an operation reads and writes by the same strides.
  private var valuesOfBoundLayout: Set<ValueIndex> {
    Set(operations.flatMap { $0.valuesOfOneLayout })
  }

  /// Gives every image the border that its readers need.
  ///
  /// Values that an operation reads and writes by the same strides get the same.
  mutating func setBorders() {
    for operation in operations {
      switch operation.kind {
      case .convolution(let convolution):
        let shape = shape(of: convolution, reads: operation.reads[0], result: operation.result)
        raiseBorder(of: operation.reads[0], to: shape.borderNeeded)
      case .planned(let planned):
        guard let source = operation.reads.first, values[source].storage == .image else { continue }
        raiseBorder(
          of: source,
          to: planned.borderNeeded(layout(of: source), layout(of: operation.result)))
      default: continue
      }
    }
    var changes = true
    while changes {
      changes = false
      for operation in operations {
        let group = operation.valuesOfOneLayout.filter { values[$0].storage == .image }
        let border = group.map { values[root($0)].border }.max() ?? 0
        for value in group where values[root(value)].border < border {
          raiseBorder(of: value, to: border)
          changes = true
        }
      }
    }
  }

  private mutating func raiseBorder(of value: ValueIndex, to border: Int) {
    let root = root(value)
    values[root].border = max(values[root].border, border)
  }
}

extension PlanGraph.Operation {
  /// The values that the operation reads and writes by the same strides.
  fileprivate var valuesOfOneLayout: [PlanGraph.ValueIndex] {
    switch kind {
    case .convolution(let convolution):
      if convolution.epilogue.addsScaledIdentity {
        reads + [result]
      } else {
        convolution.epilogue.accumulates ? [reads[1], result] : []
      }
    default: []
    }
  }
}

extension PlanGraph.Kind {
  /// Whether the result may be some of the channels of a larger value.
  fileprivate var writesParts: Bool {
    switch self {
    case .convolution, .planned, .concatenation, .affine, .activation, .add, .gate: true
    default: false
    }
  }
}
