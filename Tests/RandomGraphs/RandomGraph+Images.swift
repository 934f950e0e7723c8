import RepVGG

/// Nodes on images.
extension RandomGraph {
  mutating func appendToImage() {
    switch choices.below(20) {
    case 0, 1, 2, 3: appendConvolution()
    case 4: appendBatchNorm()
    case 5, 6: appendActivation()
    case 7, 8: appendSum()
    case 9, 10: appendConcatenation()
    case 11: appendSplit()
    case 12: appendPool()
    case 13: appendResize()
    case 14: appendTransposedConvolution()
    case 15: appendGate()
    case 16: appendBranches()
    case 17: appendPool()
    case 18: appendChannelArithmetic()
    default: appendGlobalPool()
    }
  }

  private static let workLimit = 400_000

  private mutating func channelCount() -> Int {
    choices.one(of: [8, 16, 4, 1, 3, 5, 7, 12, 15, 17, 24, 32, 33, 40])
  }

  private mutating func appendConvolution() {
    guard let source = pickImage() else { return }
    let channels = source.shape[1]
    let height = choices.one(of: [3, 1, 5, 2, 7, 4, 6])
    let width = choices.once(in: 4) ? 1 + choices.below(7) : height
    let dilation = choices.one(of: [1, 1, 1, 1, 2, 3])
    let dilations = choices.once(in: 6) ? [dilation, 1 + choices.below(2)] : [dilation, dilation]
    let stride = choices.one(of: [1, 1, 2, 1, 3])
    let strides = choices.once(in: 6) ? [stride, 1 + choices.below(3)] : [stride, stride]
    let reach = [(height - 1) * dilations[0], (width - 1) * dilations[1]]
    var (groups, outputs) = (1, channelCount())
    switch choices.below(5) {
    case 2: (groups, outputs) = (channels, channels * choices.one(of: [1, 1, 2, 3]))
    case 3:
      groups = choices.one(of: [2, 3, 4, 5, 8].filter { channels % $0 == 0 } + [1])
      outputs = groups * (1 + choices.below(9))
    default: break
    }
    let fan = channels / groups * height * width
    guard source.shape[0] * source.shape[2] * source.shape[3] * outputs * fan <= Self.workLimit
    else { return }
    var attributes: [String: ONNXAttribute.Value] = [
      "strides": .integers(strides), "dilations": .integers(dilations),
      "group": .int(Int64(groups)),
    ]
    switch choices.below(5) {
    case 0, 1:
      let (top, left) = (reach[0] / 2, reach[1] / 2)
      attributes["pads"] = .integers([top, left, reach[0] - top, reach[1] - left])
    case 2: attributes["pads"] = .integers([0, 0, 0, 0])
    case 3 where isFixed && dilations == [1, 1]:
      attributes["auto_pad"] = .string(choices.one(of: ["SAME_UPPER", "SAME_LOWER", "VALID"]))
    default:
      let pads = (0..<4).map { side in (side, choices.below(reach[side % 2] + 1)) }
      attributes["pads"] = .integers(pads.map(\.1))
    }
    let bound = 1.7 / Double(fan).squareRoot()
    var inputs = [
      source.name, random([outputs, channels / groups, height, width], -bound, bound),
    ]
    if choices.below(3) > 0 { inputs.append(random([outputs])) }
    _ = add("Conv", inputs, attributes)
  }

  private mutating func appendBatchNorm() {
    guard let source = choices.once(in: 4) ? pick({ $0.shape.count > 1 }) : pickImage() else {
      return
    }
    let count = [source.shape[1]]
    _ = add(
      "BatchNormalization",
      [
        source.name, random(count, 0.3, 1.5), random(count), random(count),
        random(count, 0.4, 2),
      ])
  }

  /// Several linear branches of one value, which merge into one convolution.
  private mutating func appendBranches() {
    guard let source = pickImage(),
      source.shape.reduce(1, *) * source.shape[1] * 9 <= Self.workLimit
    else { return }
    let channels = source.shape[1]
    let bound = 1 / Double(channels * 9).squareRoot()
    var sum = add(
      "Conv", [source.name, random([channels, channels, 3, 3], -bound, bound)],
      ["pads": .integers([1, 1, 1, 1])])
    for branch in 0..<1 + choices.below(3) {
      guard let first = sum else { return }
      let other: String?
      switch branch {
      case 0:
        other = add("Conv", [source.name, random([channels, channels, 1, 1], -bound, bound)])
      case 1: other = source.name
      default:
        other = add(
          "Conv", [source.name, random([channels, 1, 3, 1], -bound, bound)],
          ["pads": .integers([1, 0, 1, 0]), "group": .int(Int64(channels))])
      }
      guard let other else { return }
      sum = add("Add", choices.below(2) == 0 ? [first, other] : [other, first])
    }
  }

  private mutating func appendPool() {
    guard let source = pickImage() else { return }
    let height = choices.one(of: [2, 3, 5, 1, 4, 9, 13])
    let width = choices.once(in: 4) ? 1 + choices.below(5) : height
    let stride = choices.one(of: [2, 1, 3])
    let strides = choices.once(in: 5) ? [stride, 1 + choices.below(3)] : [stride, stride]
    let isMaximum = choices.below(2) == 0
    let dilation = isMaximum ? choices.one(of: [1, 1, 1, 2]) : 1
    var attributes: [String: ONNXAttribute.Value] = [
      "kernel_shape": .integers([height, width]), "strides": .integers(strides),
      "ceil_mode": .int(Int64(choices.below(2))),
    ]
    switch choices.below(3) {
    case 0: break
    case 1: attributes["pads"] = .integers([height / 2, width / 2, height / 2, width / 2])
    default:
      let pads = (0..<4).map { side in choices.below(side % 2 == 0 ? height : width) }
      attributes["pads"] = .integers(pads)
    }
    if isMaximum {
      attributes["dilations"] = .integers([dilation, dilation])
    } else {
      attributes["count_include_pad"] = .int(Int64(choices.below(2)))
    }
    _ = add(isMaximum ? "MaxPool" : "AveragePool", [source.name], attributes)
  }

  private mutating func appendResize() {
    guard let source = pickImage() else { return }
    let isLinear = choices.below(2) == 1
    var attributes: [String: ONNXAttribute.Value] = [
      "mode": .string(isLinear ? "linear" : "nearest"),
      "coordinate_transformation_mode": .string(
        choices.one(of: ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"])),
    ]
    if !isLinear {
      attributes["nearest_mode"] = .string(
        choices.one(of: ["round_prefer_floor", "floor", "ceil", "round_prefer_ceil"]))
    }
    if choices.below(2) == 0 {
      let scale = choices.one(of: [2.0, 0.5, 1.5, 3, 0.75, 1])
      let other = choices.once(in: 3) ? choices.one(of: [1.0, 2, 0.5, 2.5]) : scale
      let scales = constant(ReferenceTensor(shape: [4], [1, 1, scale, other]))
      _ = add("Resize", [source.name, "", scales], attributes)
    } else {
      let sizes = [source.shape[0], source.shape[1], 1 + choices.below(24), 1 + choices.below(24)]
      _ = add("Resize", [source.name, "", "", constant(sizes)], attributes)
    }
  }

  private mutating func appendTransposedConvolution() {
    guard let source = pickImage() else { return }
    let channels = source.shape[1]
    let height = choices.one(of: [2, 3, 4, 1])
    let width = choices.once(in: 4) ? 1 + choices.below(4) : height
    let stride = choices.one(of: [2, 1, 3])
    let strides = choices.once(in: 4) ? [stride, 1 + choices.below(3)] : [stride, stride]
    let groups =
      choices.once(in: 3)
      ? choices.one(of: [2, 3, 4, channels].filter { channels % $0 == 0 } + [1]) : 1
    let outputs = choices.one(of: [4, 8, 1, 3, 16, 17])
    let fan = channels / groups * height * width
    guard
      source.shape[0] * source.shape[2] * source.shape[3] * outputs * groups * fan
        <= Self.workLimit
    else { return }
    var attributes: [String: ONNXAttribute.Value] = [
      "strides": .integers(strides), "group": .int(Int64(groups)),
    ]
    if choices.once(in: 2) {
      let pads = (0..<4).map { side in choices.below(side % 2 == 0 ? height : width) }
      attributes["pads"] = .integers(pads)
    }
    if choices.once(in: 3) {
      let padding = strides.map { choices.below($0) }
      attributes["output_padding"] = .integers(padding)
    }
    let bound = 1.7 / Double(fan).squareRoot()
    var inputs = [source.name, random([channels, outputs, height, width], -bound, bound)]
    if choices.below(2) == 0 { inputs.append(random([outputs * groups])) }
    _ = add("ConvTranspose", inputs, attributes)
  }

  /// Squeeze and excitation.
  private mutating func appendGate() {
    guard let source = pickImage() else { return }
    let channels = source.shape[1]
    let squeezed = max(1, channels / 2)
    let axes = constant([2, 3])
    guard
      let means = choices.below(2) == 0
        ? add("GlobalAveragePool", [source.name]) : add("ReduceMean", [source.name, axes]),
      let first = add(
        "Conv", [means, random([squeezed, channels, 1, 1], -0.5, 0.5), random([squeezed])]),
      let active = add("Relu", [first]),
      let second = add("Conv", [active, random([channels, squeezed, 1, 1], -0.5, 0.5)]),
      let factors = choices.below(2) == 0 ? add("Sigmoid", [second]) : add("HardSigmoid", [second])
    else { return }
    _ = add("Mul", choices.below(2) == 0 ? [source.name, factors] : [factors, source.name])
  }

  private mutating func appendGlobalPool() {
    guard let source = pickImage() else { return }
    switch choices.below(4) {
    case 0: _ = add("GlobalAveragePool", [source.name])
    case 1: _ = add("GlobalMaxPool", [source.name])
    default:
      guard let means = add("GlobalAveragePool", [source.name]),
        let rows = add("Flatten", [means])
      else { return }
      let outputs = choices.one(of: [10, 1, 16, 3, 33])
      _ = add(
        "Gemm", [rows, random([outputs, source.shape[1]], -0.5, 0.5), random([outputs])],
        ["transB": .int(1)])
    }
  }

  /// Numbers for each channel or for all.
  private mutating func appendChannelArithmetic() {
    guard let source = pickImage() else { return }
    let shape = choices.one(of: [[1], [1, source.shape[1], 1, 1], [source.shape[1], 1, 1]])
    let number = random(shape, 0.3, 1.5)
    let type = choices.one(of: ["Mul", "Add", "Sub", "Div"])
    let isFirst = type != "Div" && choices.once(in: 3)
    _ = add(type, isFirst ? [number, source.name] : [source.name, number])
  }

  var isFixed: Bool { model.graph.inputs[0].dimensions?.allSatisfy { $0.size != nil } ?? false }
}

extension ONNXAttribute.Value {
  /// A list of integers.
  static func integers(_ values: [Int]) -> ONNXAttribute.Value { .ints(values.map { Int64($0) }) }
}
