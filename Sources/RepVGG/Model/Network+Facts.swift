extension Network {
  /// What is known of every node's result before the inputs are: types, ranks, sizes by name.
  ///
  /// - Throws: `badData` that names the node that does not fit what it reads.
  package func facts() throws(RepVGGError) -> [TensorFacts] {
    try named { () throws(RepVGGError) in
      var facts: [TensorFacts] = []
      for node in nodes {
        facts.append(try node.facts(of: node.inputs.map { facts[$0.index] }))
      }
      return facts
    }
  }

  /// What is known of every node's result for one image of a size, or for as many images as the
  /// network takes if it takes no other number.
  ///
  /// - Throws: What ``specialized(for:)`` throws.
  package func facts(height: Int, width: Int) throws(RepVGGError) -> [TensorFacts] {
    try specialized(
      for: InputShape(
        batch: fixedBatchSize ?? 1, channels: max(1, inputChannels), height: height, width: width)
    ).facts
  }

  /// The number of images that the network takes at once; nil if it takes any.
  private var fixedBatchSize: Int? {
    for node in nodes {
      if case .input(let type) = node.operation { return type.dimensions?.first?.size }
    }
    return nil
  }
}

extension Network.Node {
  /// What is known of the result when this is known of the inputs.
  ///
  /// - Throws: `badData` that names the node.
  package func facts(of inputs: [TensorFacts]) throws(RepVGGError) -> TensorFacts {
    do throws(RepVGGError) {
      return try operation.facts(of: inputs)
    } catch {
      guard error.tensor == nil else { throw error }
      throw RepVGGError(
        error.kind, "node '\(name.printable)' (\(operation.name)): \(error.reason)",
        file: error.file)
    }
  }
}

extension Network.Operation {
  /// The name in messages.
  package var name: String {
    switch self {
    case .input: "input"
    case .constant: "constant"
    case .linear(let expression):
      expression.linearOperator?.label ?? "linear region"
    case .activation(let activation): activation.name
    case .globalMean: "global mean"
    case .dense: "dense layer"
    case .gate: "gate"
    case .add: "addition"
    case .tensor(let function): function.name
    }
  }

  fileprivate func facts(of inputs: [TensorFacts]) throws(RepVGGError) -> TensorFacts {
    switch self {
    case .input(let type):
      return TensorFacts(elementType: type.elementType, dimensions: type.dimensions)
    case .constant(let tensor):
      guard tensor.count > TensorFacts.elementLimit else {
        return TensorFacts(try ReferenceTensor(tensor))
      }
      return TensorFacts(
        elementType: tensor.elementType, dimensions: tensor.shape.map { .fixed($0) })
    case .activation: return try Self.first(inputs)
    case .linear(let expression):
      let source = try Self.first(inputs)
      guard let image = source.dimensions else { return source }
      guard image.count == 4, let channels = image[1].size else {
        throw RepVGGError(.badData, "reads a value of shape \(image.text), not images")
      }
      let geometry = try expression.geometry(inputChannels: channels)
      return TensorFacts(
        elementType: source.elementType, dimensions: geometry.outputDimensions(of: image))
    case .globalMean:
      let source = try Self.first(inputs)
      return TensorFacts(
        elementType: source.elementType, dimensions: source.dimensions.map { Array($0.prefix(2)) })
    case .dense(let linear):
      let source = try Self.first(inputs)
      guard source.dimensions?.last?.size ?? linear.inputCount == linear.inputCount else {
        throw RepVGGError(
          .badData,
          "has weights of shape \(linear.weight.shape) for a value of shape"
            + " \(source.dimensions?.text ?? "")")
      }
      return TensorFacts(
        elementType: source.elementType,
        dimensions: source.dimensions.map { $0.dropLast() + [.fixed(linear.outputCount)] })
    case .gate: return try Self.first(inputs)
    case .add:
      let first = try Self.first(inputs)
      guard inputs.allSatisfy({ $0.dimensions?.count == first.dimensions?.count }) else {
        throw RepVGGError(
          .badData, "adds values of shapes \(inputs.map { $0.dimensions?.text ?? "?" })")
      }
      return first
    case .tensor(let function):
      return try function.operation.facts(of: function.arguments(inputs))
    }
  }

  private static func first(_ inputs: [TensorFacts]) throws(RepVGGError) -> TensorFacts {
    guard let first = inputs.first else { throw RepVGGError(.badData, "reads nothing") }
    return first
  }
}

extension ConvolutionGeometry {
  /// `[batch, channels, height, width]` of the result for images of these dimensions.
  fileprivate func outputDimensions(of image: [Dimension]) -> [Dimension] {
    isDiagonal
      ? image
      : [
        image[0], .fixed(outputChannels),
        vertical.outputSize(of: image[2]), horizontal.outputSize(of: image[3]),
      ]
  }
}

extension AxisGeometry {
  fileprivate func outputSize(of size: Dimension) -> Dimension {
    size.windowed(window: span, padding: before + after, stride: stride)
  }
}

extension [Dimension] {
  /// `[batch, 3, ?, 224]`.
  package var text: String {
    let sizes = map { dimension in
      switch dimension {
      case .fixed(let size): "\(size)"
      case .symbol(let name): name
      case .unknown: "?"
      }
    }
    return "[" + sizes.joined(separator: ", ") + "]"
  }
}
