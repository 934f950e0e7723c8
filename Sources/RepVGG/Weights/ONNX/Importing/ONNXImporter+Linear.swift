extension ONNXImporter {
  /// Reads a node as a linear one, if it is one with constant weights on images.
  ///
  /// - Returns: Whether it is.
  mutating func readLinear(_ node: ONNXNode) throws(RepVGGError) -> Bool {
    if ["Add", "Sum", "Sub"].contains(node.type), try readSum(node) { return true }
    guard let (expression, place) = try linearExpression(node),
      let channels = channels(of: place), channels > 0,
      (try? expression.geometry(inputChannels: channels)) != nil
    else { return false }
    if case .identity = expression {
      try define(node.outputs[0], .node(place))
    } else {
      try define(node, .linear(expression), [place])
    }
    return true
  }

  /// The expression of a node, and the place of the images that it reads.
  private func linearExpression(
    _ node: ONNXNode
  ) throws(RepVGGError) -> (LinearExpression, Int)? {
    switch node.type {
    case "Add", "Sub", "Mul", "Div": return try affine(node)
    case "Neg":
      guard let place = images(node, 0) else { return nil }
      return (.scale(Tensor(shape: [1], elements: [-1])), place)
    default: break
    }
    guard let place = images(node, 0) else { return nil }
    switch node.type {
    case "Conv": return try convolution(node, on: place).map { ($0, place) }
    case "BatchNormalization": return try batchNorm(node).map { ($0, place) }
    case "AveragePool": return try averagePool(node, on: place).map { ($0, place) }
    case "Pad": return try zeroPadding(node).map { ($0, place) }
    case "Slice": return try crop(node, on: place).map { ($0, place) }
    default: return nil
    }
  }

  /// The place of an input that is images of a known number of channels.
  private func images(_ node: ONNXNode, _ index: Int) -> Int? {
    guard let place = source(node, index), channels(of: place) != nil else { return nil }
    return place
  }

  private func channels(of place: Int) -> Int? {
    guard let dimensions = facts[place].dimensions, dimensions.count == 4,
      facts[place].elementType.isReal
    else { return nil }
    return dimensions[1].size
  }

  // MARK: - Sums and constants

  /// A sum or difference of values of one shape.
  private mutating func readSum(_ node: ONNXNode) throws(RepVGGError) -> Bool {
    var places: [Int] = []
    for index in node.inputs.indices {
      guard let place = source(node, index) else { return false }
      places.append(place)
    }
    guard places.count > 1, let first = facts[places[0]].dimensions,
      !first.contains(.unknown), facts[places[0]].elementType.isReal,
      places.allSatisfy({ facts[$0].dimensions == first })
    else { return false }
    if node.type == "Sub" {
      guard let channels = channels(of: places[1]), channels > 0 else { return false }
      let negative = LinearExpression.scale(Tensor(shape: [1], elements: [-1]))
      places[1] = try append(node.outputs[0] + " negative", .linear(negative), [places[1]])
    }
    try define(node, .add, places)
    return true
  }

  /// A sum, difference, product or quotient of images and one number or one per channel.
  private func affine(_ node: ONNXNode) throws(RepVGGError) -> (LinearExpression, Int)? {
    guard node.inputs.count == 2 else { return nil }
    let constantIndex = constant(node, 0) == nil ? 1 : 0
    guard let tensor = constant(node, constantIndex), let place = images(node, 1 - constantIndex),
      let channels = channels(of: place), tensor.elementType.isReal,
      let perChannel = tensor.perChannel(channels)
    else { return nil }
    let values = try perChannel.doubles()
    guard values.allSatisfy(\.isFinite) else { return nil }
    func changed(_ change: (Double) -> Double) -> Tensor {
      Tensor(shape: perChannel.shape, doubles: values.map(change))
    }
    switch (node.type, constantIndex) {
    case ("Add", _):
      return (values.allSatisfy { $0 == 0 } ? .identity : .shift(perChannel), place)
    case ("Sub", 1): return (.shift(changed { -$0 }), place)
    case ("Sub", _):
      return (.sequence([.scale(Tensor(shape: [1], elements: [-1])), .shift(perChannel)]), place)
    case ("Mul", _):
      return (values.allSatisfy { $0 == 1 } ? .identity : .scale(perChannel), place)
    case ("Div", 1):
      let factors = changed { 1 / $0 }
      return values.contains(0) ? nil : (.scale(factors), place)
    default: return nil
    }
  }

  // MARK: - Operators

  private func convolution(
    _ node: ONNXNode, on place: Int
  ) throws(RepVGGError) -> LinearExpression? {
    guard let kernel = constant(node, 1), kernel.shape.count == 4,
      node.inputs.count < 3 || node.inputs[2].isEmpty || constant(node, 2) != nil
    else { return nil }
    let operation = ONNXOperator(node, opset: opset, constants: [])
    let size = Size2D(height: kernel.shape[2], width: kernel.shape[3])
    guard
      let window = try window(operation, size: size, on: place),
      try operation.ints("kernel_shape").map({ $0 == [size.height, size.width] }) ?? true
    else { return nil }
    return .convolution(
      Convolution(
        kernel: kernel, bias: constant(node, 2), stride: window.stride, padding: window.padding,
        dilation: window.dilation, groups: try operation.int("group") ?? 1))
  }

  private func averagePool(
    _ node: ONNXNode, on place: Int
  ) throws(RepVGGError) -> LinearExpression? {
    let operation = ONNXOperator(node, opset: opset, constants: [])
    guard let sides = try operation.ints("kernel_shape"), sides.count == 2,
      try !operation.bool("ceil_mode"),
      let window = try window(
        operation, size: Size2D(height: sides[0], width: sides[1]), on: place),
      window.dilation == 1
    else { return nil }
    return .averagePool(
      AveragePool(
        size: Size2D(height: sides[0], width: sides[1]), stride: window.stride,
        padding: window.padding,
        countsPadding: try operation.bool("count_include_pad")
          || window.padding.sides.allSatisfy { $0 == 0 }))
  }

  private func batchNorm(_ node: ONNXNode) throws(RepVGGError) -> LinearExpression? {
    guard let gamma = constant(node, 1), let beta = constant(node, 2),
      let mean = constant(node, 3), let variance = constant(node, 4)
    else { return nil }
    let operation = ONNXOperator(node, opset: opset, constants: [])
    guard try !operation.bool("training_mode") else { return nil }
    return .batchNorm(
      BatchNorm(
        gamma: gamma, beta: beta, mean: mean, variance: variance,
        epsilon: try operation.float("epsilon").map { Double("\($0)") ?? Double($0) } ?? 1e-5))
  }

  /// Padding of images with zeros.
  private func zeroPadding(_ node: ONNXNode) throws(RepVGGError) -> LinearExpression? {
    let parameters = try operation(node)
    guard let pad = try TensorOperations.read(parameters).first,
      let padding = pad.operation as? PadOperation, padding.mode == .constant,
      pad.inputs.count > 1, let stated = parameters.value(of: pad.inputs[1])?.integers,
      let pads = Self.imagePads(stated, axes: padding.axes ?? [0, 1, 2, 3]),
      [0, 1, 4, 5].allSatisfy({ pads[$0] == 0 }),
      pads.allSatisfy({ $0.magnitude < 1 << 20 })
    else { return nil }
    if pad.inputs.count > 2, pad.inputs[2] != .absent {
      guard parameters.value(of: pad.inputs[2])?.reals == [0] else { return nil }
    }
    return .pad(
      Padding(top: Int(pads[2]), left: Int(pads[3]), bottom: Int(pads[6]), right: Int(pads[7])))
  }

  /// A slice of consecutive rows and columns.
  private func crop(_ node: ONNXNode, on place: Int) throws(RepVGGError) -> LinearExpression? {
    let parameters = try operation(node)
    guard let slice = try TensorOperations.read(parameters).first,
      let operands = Optional(slice.inputs.dropFirst().map { parameters.value(of: $0)?.integers }),
      operands.count >= 3, let starts = operands[0], let ends = operands[1],
      let axes = operands[2], axes.count == starts.count, axes.count == ends.count,
      operands.count < 4 || slice.inputs[4] == .absent
        || operands[3]?.allSatisfy({ $0 == 1 }) == true
    else { return nil }
    var sides = [0, 0, 0, 0]
    for (index, axis) in axes.enumerated() {
      guard (-4...3).contains(axis) else { return nil }
      let axis = Int(axis < 0 ? axis + 4 : axis)
      guard (2...3).contains(axis), sides[axis - 2] == 0, sides[axis] == 0,
        starts[index] > -1 << 30, ends[index] > -1 << 30
      else { return nil }
      let size = facts[place].dimensions?[axis].size.map { Int64($0) }
      // A bound that counts from the other side needs the size.
      guard let before = starts[index] >= 0 ? starts[index] : size.map({ $0 + starts[index] }),
        let after = ends[index] < 0
          ? -ends[index]
          : ends[index] >= 1 << 30 ? 0 : size.map({ max(0, $0 - ends[index]) }),
        (0..<1 << 20).contains(before), (0..<1 << 20).contains(after)
      else { return nil }
      (sides[axis - 2], sides[axis]) = (-Int(before), -Int(after))
    }
    guard sides.contains(where: { $0 != 0 }) else { return nil }
    return .pad(Padding(top: sides[0], left: sides[1], bottom: sides[2], right: sides[3]))
  }

  /// The pads of all four axes, before each and then after each, from those of some axes.
  private static func imagePads(_ pads: [Int64], axes: [Int]) -> [Int64]? {
    let axes = axes.map { $0 < 0 ? $0 + 4 : $0 }
    guard pads.count == 2 * axes.count, Set(axes).count == axes.count,
      axes.allSatisfy({ (0..<4).contains($0) })
    else { return nil }
    var result = [Int64](repeating: 0, count: 8)
    for (index, axis) in axes.enumerated() {
      result[axis] = pads[index]
      result[axis + 4] = pads[index + axes.count]
    }
    return result
  }

  /// How a window moves over images; nil if it depends on the size of images that is not known.
  private func window(
    _ node: ONNXOperator, size: Size2D, on place: Int
  ) throws(RepVGGError) -> (stride: Size2D, padding: Padding, dilation: Size2D)? {
    let steps = try node.ints("strides") ?? [1, 1]
    let distances = try node.ints("dilations") ?? [1, 1]
    let pads = try node.ints("pads") ?? [0, 0, 0, 0]
    guard steps.count == 2, distances.count == 2, pads.count == 4 else {
      throw node.invalid("its strides, dilations or pads are not those of images")
    }
    let stride = Size2D(height: steps[0], width: steps[1])
    let dilation = Size2D(height: distances[0], width: distances[1])
    let automatic = try node.string("auto_pad") ?? "NOTSET"
    switch automatic {
    case "NOTSET", "":
      let padding = Padding(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3])
      return (stride, padding, dilation)
    case "VALID": return (stride, 0, dilation)
    case "SAME_UPPER", "SAME_LOWER":
      let image = facts[place].dimensions ?? []
      guard image.count == 4,
        let rows = Self.samePadding(image[2], size.height, stride.height, dilation.height),
        let columns = Self.samePadding(image[3], size.width, stride.width, dilation.width)
      else { return nil }
      let isUpper = automatic == "SAME_UPPER"
      let (top, left) = isUpper ? (rows / 2, columns / 2) : (rows - rows / 2, columns - columns / 2)
      let padding = Padding(top: top, left: left, bottom: rows - top, right: columns - left)
      return (stride, padding, dilation)
    default: throw node.invalid("its auto_pad is '\(automatic.printable)'")
    }
  }

  /// Rows or columns of padding with which the output is the input's size divided by the stride.
  private static func samePadding(
    _ size: Dimension, _ window: Int, _ stride: Int, _ dilation: Int
  ) -> Int? {
    guard (1...1024).contains(window), (1...1024).contains(stride), (1...1024).contains(dilation)
    else { return nil }
    let extent = (window - 1) * dilation + 1
    if stride == 1 { return extent - 1 }
    guard let size = size.size, size > 0, size < 1 << 30 else { return nil }
    return max(0, ((size + stride - 1) / stride - 1) * stride + extent - size)
  }
}

extension Tensor {
  /// The elements as `[channels]` or `[1]`, if the tensor is broadcast so to images.
  fileprivate func perChannel(_ channels: Int) -> Tensor? {
    guard shape.count <= 4 else { return nil }
    let padded = [Int](repeating: 1, count: 4 - shape.count) + shape
    guard padded[0] == 1, padded[2] == 1, padded[3] == 1, [1, channels].contains(padded[1]) else {
      return nil
    }
    return Tensor(shape: [padded[1]], source: source, name: name)
  }
}

extension ONNXOperator {
  /// The value of an operand, if it is a constant.
  fileprivate func value(of input: OperationInput) -> ReferenceTensor? {
    switch input {
    case .value(let index): constants.indices.contains(index) ? constants[index] : nil
    case .constant(let tensor): tensor
    case .absent: nil
    }
  }
}
