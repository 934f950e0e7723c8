import RepVGG

/// Nodes on tensors of any shape.
extension RandomGraph {
  mutating func appendToTensor() {
    switch choices.below(18) {
    case 0: appendActivation()
    case 1: appendSum()
    case 2: appendConcatenation()
    case 3: appendSplit()
    case 4: appendSlice()
    case 5, 6: appendReshape()
    case 7, 8: appendTranspose()
    case 9: appendBroadcast()
    case 10: appendReduction()
    case 11: appendMatrixProduct()
    case 12: appendSoftmax()
    case 13: appendRearrangement()
    case 14: appendPadding()
    case 15: appendVariadic()
    case 16: appendNormalization()
    default: appendDense()
    }
  }

  mutating func appendActivation() {
    guard let source = pick() else { return }
    switch choices.below(12) {
    case 0: _ = add("Relu", [source.name])
    case 1:
      guard let factors = add("Sigmoid", [source.name]) else { return }
      _ = add("Mul", choices.below(2) == 0 ? [source.name, factors] : [factors, source.name])
    case 2:
      _ = add("HardSwish", [source.name])
    case 3:
      let (low, high) = (random([]), random([], 1, 6))
      _ = add("Clip", choices.below(2) == 0 ? [source.name, low, high] : [source.name, "", high])
    case 4: _ = add("LeakyRelu", [source.name], ["alpha": .float(0.1)])
    case 5:
      _ = add("HardSigmoid", [source.name], ["alpha": .float(1 / 6), "beta": .float(0.5)])
    case 6: _ = add("Gelu", [source.name])
    case 7: _ = add("PRelu", [source.name, random(broadcastable(source.shape))])
    case 8:
      // A hard swish that is written out.
      let (three, zero) = (scalar(3), scalar(0))
      let six = scalar(6)
      guard let raised = add("Add", [source.name, three]),
        let clipped = add("Clip", [raised, zero, six]),
        let product = add("Mul", [source.name, clipped])
      else { return }
      _ = add("Div", [product, six])
    case 9:
      _ = add(choices.one(of: ["Tanh", "Erf", "Softplus", "Softsign", "Mish"]), [source.name])
    case 10:
      _ = add(choices.one(of: ["Abs", "Neg", "Sin", "Cos", "Atan", "Sigmoid"]), [source.name])
    default:
      guard let size = add("Abs", [source.name]), let raised = add("Add", [size, scalar(1)]) else {
        return
      }
      _ = add(choices.one(of: ["Sqrt", "Reciprocal", "Log"]), [raised])
    }
  }

  mutating func scalar(_ value: Double) -> String {
    constant(ReferenceTensor(shape: [], [value]))
  }

  /// A shape that is broadcast to another.
  private mutating func broadcastable(_ shape: [Int]) -> [Int] {
    let kept = shape.map { choices.below(2) == 0 ? 1 : $0 }
    return Array(kept.dropFirst(choices.below(shape.count + 1)))
  }

  mutating func appendSum() {
    guard let source = pick(), let other = pick({ $0.shape == source.shape }) else { return }
    _ = add(
      choices.one(of: ["Add", "Add", "Add", "Mul", "Sub", "Max", "Min"]), [source.name, other.name])
  }

  mutating func appendVariadic() {
    guard let source = pick() else { return }
    var inputs = [source.name]
    for _ in 0..<choices.below(4) {
      guard let other = pick({ $0.shape == source.shape }) else { return }
      inputs.append(other.name)
    }
    _ = add(choices.one(of: ["Sum", "Mean", "Max", "Min"]), inputs)
  }

  mutating func appendConcatenation() {
    guard let source = choices.below(3) > 0 ? pickImage() : pick({ !$0.shape.isEmpty }) else {
      return
    }
    let rank = source.shape.count
    let axis = choices.below(3) > 0 ? min(1, rank - 1) : choices.below(rank)
    var inputs = [source.name]
    for _ in 0..<choices.one(of: [1, 1, 2, 3]) {
      if choices.once(in: 6) {
        var shape = source.shape
        shape[axis] = choices.one(of: [1, 8, 5, 16])
        inputs.append(random(shape))
      } else if choices.once(in: 5) {
        inputs.append(choices.one(of: inputs))
      } else {
        guard
          let other = pick({ other in
            other.shape.count == rank
              && (0..<rank).allSatisfy { $0 == axis || other.shape[$0] == source.shape[$0] }
          })
        else { return }
        inputs.append(other.name)
      }
    }
    if choices.once(in: 3) { inputs.swapAt(0, inputs.count - 1) }
    _ = add("Concat", inputs, ["axis": .int(Int64(choices.once(in: 4) ? axis - rank : axis))])
  }

  mutating func appendSplit() {
    guard let source = choices.below(3) > 0 ? pickImage() : pick({ !$0.shape.isEmpty }) else {
      return
    }
    let axis =
      choices.below(3) > 0 ? min(1, source.shape.count - 1) : choices.below(source.shape.count)
    let size = source.shape[axis]
    guard size > 1 else { return }
    var cut = 1 + choices.below(size - 1)
    if size > 8, choices.below(2) == 0 { cut = max(1, cut / 8) * 8 }
    guard cut < size else { return }
    var sizes = [cut, size - cut]
    if sizes[1] > 2, choices.once(in: 3) { sizes = [cut, 1, size - cut - 1] }
    guard
      let parts = add(
        "Split", [source.name, constant(sizes)], ["axis": .int(Int64(axis))],
        outputCount: sizes.count)
    else { return }
    // As C2f does: the parts, and what comes of one, together again.
    if choices.below(2) == 0, let last = parts.last, let active = add("Relu", [last]) {
      _ = add("Concat", parts + [active], ["axis": .int(Int64(axis))])
    }
  }

  private mutating func appendSlice() {
    guard let source = pick({ !$0.shape.isEmpty }) else { return }
    let axis = choices.below(source.shape.count)
    let size = source.shape[axis]
    let first = choices.below(size)
    let step = choices.one(of: [1, 2, -1, 3])
    let end = step > 0 ? first + 1 + choices.below(size - first) : choices.one(of: [-size - 1, 0])
    _ = add(
      "Slice",
      [source.name, constant([first]), constant([end]), constant([axis]), constant([step])])
  }

  private mutating func appendReshape() {
    guard let source = pick() else { return }
    var shape = source.shape
    switch choices.below(6) {
    case 0:
      _ = add("Flatten", [source.name], ["axis": .int(Int64(choices.below(shape.count + 1)))])
    case 1: _ = add("Unsqueeze", [source.name, constant([choices.below(shape.count + 1)])])
    case 2:
      guard let axis = shape.firstIndex(of: 1) else { return }
      _ = add("Squeeze", [source.name, constant([axis])])
    case 3:
      guard shape.count > 1 else { return }
      let axis = choices.below(shape.count - 1)
      shape.replaceSubrange(axis...axis + 1, with: [shape[axis] * shape[axis + 1]])
      _ = add("Reshape", [source.name, constant(shape)])
    case 4:
      guard !shape.isEmpty, shape.count < 6 else { return }
      let axis = choices.below(shape.count)
      let factor = choices.one(of: [2, 3, 4, 5].filter { shape[axis] % $0 == 0 } + [1])
      shape.replaceSubrange(axis...axis, with: [factor, shape[axis] / factor])
      _ = add("Reshape", [source.name, constant(shape)])
    default:
      guard shape.count > 1 else { return }
      _ = add(
        "Reshape", [source.name, constant([0, -1] + shape.dropFirst(2).suffix(choices.below(2)))])
    }
  }

  private mutating func appendTranspose() {
    guard let source = pick({ $0.shape.count > 1 }) else { return }
    var order = Array(source.shape.indices)
    for place in order.indices { order.swapAt(place, choices.below(order.count)) }
    _ = add("Transpose", [source.name], ["perm": .integers(order)])
  }

  private mutating func appendBroadcast() {
    guard let source = pick() else { return }
    let type = choices.one(of: ["Add", "Mul", "Sub", "Div", "Max", "Min"])
    if choices.below(2) == 0, type != "Div" {
      // A value with other dimensions of one element.
      guard
        let other = pick({ other in
          zip(other.shape.reversed(), source.shape.reversed()).allSatisfy {
            $0 == $1 || $0 == 1 || $1 == 1
          }
        })
      else { return }
      _ = add(type, [source.name, other.name])
      return
    }
    var shape = broadcastable(source.shape)
    // The constant may be the larger one.
    if choices.once(in: 6), let axis = source.shape.firstIndex(of: 1) {
      shape = source.shape
      shape[axis] = 3
    }
    let other = random(shape, 0.5, 1.5)
    let isFirst = type != "Div" && choices.once(in: 2)
    _ = add(type, isFirst ? [other, source.name] : [source.name, other])
  }

  private mutating func appendReduction() {
    guard let source = pick({ !$0.shape.isEmpty }) else { return }
    let axes = source.shape.indices.filter { _ in choices.once(in: 2) }
    let type = choices.one(of: [
      "ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum", "ReduceL1", "ReduceL2",
      "ReduceLogSumExp",
      "ReduceSumSquare",
    ])
    let keeps = Int64(choices.below(2))
    _ = add(
      type, axes.isEmpty ? [source.name] : [source.name, constant(axes)], ["keepdims": .int(keeps)])
  }

  private mutating func appendMatrixProduct() {
    guard let source = pick({ !$0.shape.isEmpty }) else { return }
    let rank = source.shape.count
    let inner = source.shape[rank - 1]
    let bound = 1.7 / Double(inner).squareRoot()
    if rank == 1 || choices.below(2) == 0 {
      let outputs = choices.one(of: [4, 1, 9, 16])
      _ = add("MatMul", [source.name, random([inner, outputs], -bound, bound)])
      return
    }
    // As attention does.
    var order = Array(source.shape.indices)
    order.swapAt(rank - 1, rank - 2)
    guard source.shape.reduce(1, *) * source.shape[rank - 2] <= 100_000,
      let factor = add("Mul", [source.name, scalar(bound)]),
      let other = add("Transpose", [source.name], ["perm": .integers(order)]),
      let products = add("MatMul", [factor, other])
    else { return }
    guard let weights = add("Softmax", [products], ["axis": .int(-1)]) else { return }
    _ = add("MatMul", [weights, source.name])
  }

  private mutating func appendDense() {
    guard let source = pick({ !$0.shape.isEmpty }),
      let rows = add("Flatten", [source.name], ["axis": .int(1)])
    else { return }
    let inputs = shape(of: rows)[1]
    let outputs = choices.one(of: [5, 8, 1, 16])
    guard inputs * outputs <= 40_000 else { return }
    let bound = 1.7 / Double(inputs).squareRoot()
    let isTransposed = choices.below(2) == 0
    let weights = random(isTransposed ? [outputs, inputs] : [inputs, outputs], -bound, bound)
    var operands = [rows, weights]
    if choices.below(2) == 0 {
      operands.append(random(choices.one(of: [[outputs], [1, outputs], []])))
    }
    var attributes: [String: ONNXAttribute.Value] = ["transB": .int(isTransposed ? 1 : 0)]
    if choices.once(in: 4) { attributes["alpha"] = .float(0.5) }
    if choices.once(in: 4) { attributes["beta"] = .float(0.25) }
    _ = add("Gemm", operands, attributes)
  }

  private mutating func appendSoftmax() {
    guard let source = pick({ !$0.shape.isEmpty }) else { return }
    _ = add(
      choices.one(of: ["Softmax", "LogSoftmax"]), [source.name],
      ["axis": .int(Int64(choices.below(source.shape.count)))])
  }

  private mutating func appendNormalization() {
    guard let source = pick({ $0.shape.count > 1 }) else { return }
    let (shape, channels) = (source.shape, [source.shape[1]])
    switch choices.below(5) {
    case 0:
      let axis = choices.below(shape.count)
      var inputs = [source.name, random(Array(shape[axis...]), 0.5, 1.5)]
      if choices.below(2) == 0 { inputs.append(random([shape[shape.count - 1]])) }
      _ = add("LayerNormalization", inputs, ["axis": .int(Int64(axis)), "epsilon": .float(0.1)])
    case 1 where shape.count > 2:
      _ = add(
        "InstanceNormalization", [source.name, random(channels, 0.5, 1.5), random(channels)],
        ["epsilon": .float(0.1)])
    case 2 where shape.count > 2:
      let groups = choices.one(of: [1, 2, 3, 4].filter { shape[1] % $0 == 0 })
      _ = add(
        "GroupNormalization", [source.name, random([groups], 0.5, 1.5), random([groups])],
        ["num_groups": .int(Int64(groups)), "epsilon": .float(0.1)])
    case 3:
      _ = add(
        "LRN", [source.name],
        ["size": .int(Int64(1 + choices.below(6))), "alpha": .float(0.5), "bias": .float(1)])
    default:
      // A sum, so that elements that are almost the same are not all that there is.
      guard
        let varied = add("Add", [source.name, random(shape)])
      else { return }
      _ = add(
        "MeanVarianceNormalization", [varied], ["axes": .integers([0] + Array(2..<shape.count))])
    }
  }

  private mutating func appendPadding() {
    guard let source = pick({ !$0.shape.isEmpty }) else { return }
    let mode = choices.one(of: ["constant", "edge", "reflect"])
    let axes = source.shape.indices.filter { _ in choices.once(in: 2) }
    guard !axes.isEmpty else { return }
    let sides = axes + axes
    let pads = sides.map { axis in choices.below(mode == "reflect" ? source.shape[axis] : 4) }
    let value = choices.below(2) == 0 ? "" : scalar(0.5)
    _ = add(
      "Pad", [source.name, constant(pads), mode == "constant" ? value : "", constant(axes)],
      ["mode": .string(mode)])
  }

  private mutating func appendRearrangement() {
    guard let source = pick({ !$0.shape.isEmpty }) else { return }
    let shape = source.shape
    let axis = choices.below(shape.count)
    switch choices.below(9) {
    case 0:
      let indices = (0..<1 + choices.below(5)).map { _ in choices.below(shape[axis]) }
      _ = add("Gather", [source.name, constant(indices)], ["axis": .int(Int64(axis))])
    case 1:
      // An index without dimensions removes the axis.
      let index = constant(
        ReferenceTensor(shape: [], integers: [Int64(choices.below(shape[axis]))]))
      _ = add("Gather", [source.name, index], ["axis": .int(Int64(axis))])
    case 2:
      _ = add("Expand", [source.name, constant(shape.map { $0 == 1 ? 1 + choices.below(4) : $0 })])
    case 3: _ = add("Tile", [source.name, constant(shape.map { _ in 1 + choices.below(2) })])
    case 4:
      _ = add(
        "DepthToSpace", [source.name],
        ["blocksize": .int(2), "mode": .string(choices.one(of: ["DCR", "CRD"]))])
    case 5: _ = add("SpaceToDepth", [source.name], ["blocksize": .int(2)])
    case 6: _ = add("Identity", [source.name])
    case 7: _ = add("Trilu", [source.name], ["upper": .int(Int64(choices.below(2)))])
    default:
      let conditionShape = broadcastable(shape)
      let condition = (0..<conditionShape.reduce(1, *)).map { _ in Int64(choices.below(2)) }
      let mask = constant(
        ReferenceTensor(shape: conditionShape, integers: condition, elementType: .bool))
      let other = random(choices.below(2) == 0 ? [] : shape)
      _ = add(
        "Where", choices.below(2) == 0 ? [mask, source.name, other] : [mask, other, source.name])
    }
  }
}
