extension Network {
  /// The shape of a node's result for one image.
  public enum Shape: Sendable, Hashable {
    /// `[channels, height, width]`.
    case image(channels: Int, height: Int, width: Int)
    /// `[count]`.
    case vector(count: Int)

    /// The dimensions as numbers, without the batch.
    public var dimensions: [Int] {
      switch self {
      case .image(let channels, let height, let width): [channels, height, width]
      case .vector(let count): [count]
      }
    }
  }

  /// The shape of every node's result for images of a size; checks that the nodes fit together.
  ///
  /// - Parameters:
  ///   - height: Rows of an image.
  ///   - width: Columns of an image.
  /// - Returns: A shape for each node, in their order.
  /// - Throws: `badData` that names the node that does not fit what it reads, `unsupported` for a
  ///   linear region that is no single convolution.
  public func shapes(height: Int, width: Int) throws(RepVGGError) -> [Shape] {
    try named { () throws(RepVGGError) in
      try checkOrder()
      var shapes: [Shape] = []
      for node in nodes {
        shapes.append(
          try node.shape(of: node.inputs.map { shapes[$0.index] }, height: height, width: width))
      }
      return shapes
    }
  }

  /// Checks that nodes have names and read what comes before them, and that outputs are nodes.
  ///
  /// - Throws: `badData` that names the node.
  func checkOrder() throws(RepVGGError) {
    var names: Set<UTF8Name> = []
    for (index, node) in nodes.enumerated() {
      guard names.insert(UTF8Name(node.name)).inserted else {
        throw RepVGGError(.badData, "two nodes have the name '\(node.name.printable)'")
      }
      guard node.inputs.allSatisfy({ (0..<index).contains($0.index) }) else {
        throw Self.misfit(node, "reads a node that does not come before it")
      }
    }
    let inputs = nodes.count { if case .input = $0.operation { true } else { false } }
    guard inputs == 1 else {
      throw RepVGGError(.badData, "a network has one input, this one has \(inputs)")
    }
    guard !outputs.isEmpty, Set(outputs.map { UTF8Name($0.name) }).count == outputs.count,
      outputs.allSatisfy({ nodes.indices.contains($0.node.index) })
    else {
      throw RepVGGError(
        .badData, "a network has at least one output, each of a node and with a name of its own")
    }
  }

  fileprivate static func misfit(_ node: Node, _ reason: String) -> RepVGGError {
    RepVGGError(.badData, "node '\(node.name.printable)' \(reason)")
  }

  /// Channels of every node's result, or elements of a vector; they do not depend on the image's size.
  var channelCounts: [Int] {
    let hasTensors = nodes.contains { if case .tensor = $0.operation { true } else { false } }
    let facts = hasTensors ? try? facts() : nil
    var counts: [Int] = []
    for node in nodes {
      let first = node.inputs.first.flatMap { counts.indices.contains($0.index) ? $0.index : nil }
      let input = first.map { counts[$0] } ?? 0
      switch node.operation {
      case .input(let type): counts.append(type.channels)
      case .linear(let expression): counts.append(expression.outputChannels(inputChannels: input))
      case .dense(let linear): counts.append(linear.outputCount)
      case .activation, .globalMean, .gate, .add: counts.append(input)
      case .constant, .tensor:
        counts.append(facts?[counts.count].dimensions?.dropFirst().first?.size ?? 0)
      }
    }
    return counts
  }
}

extension Network.Node {
  /// The shape of the result for inputs of these shapes.
  fileprivate func shape(
    of inputs: [Network.Shape], height: Int, width: Int
  ) throws(RepVGGError) -> Network.Shape {
    switch (operation, inputs.first, inputs.count) {
    case (.input(let type), nil, 0) where type.isImage:
      return .image(channels: type.channels, height: height, width: width)
    case (.tensor(let function), _, _):
      throw RepVGGError(
        .unsupported,
        "node '\(name.printable)' is the operator \(function.name), which plans do not run")
    case (.linear(let expression), .image(let channels, let height, let width)?, 1):
      let geometry: ConvolutionGeometry
      do throws(RepVGGError) {
        geometry = try expression.geometry(inputChannels: channels)
      } catch {
        throw error.tensor == nil ? error.inTensor(expression.tensors.first?.name ?? name) : error
      }
      guard let size = geometry.outputSize(height: height, width: width) else {
        throw Network.misfit(self, "has no output for an image of \(height)x\(width) pixels")
      }
      return .image(
        channels: geometry.outputChannels, height: size.height, width: size.width)
    case (.activation, let shape?, 1): return shape
    case (.globalMean, .image(let channels, _, _)?, 1): return .vector(count: channels)
    case (.dense(let linear), .vector(let count)?, 1):
      guard linear.inputCount == count, linear.weight.count == count * linear.outputCount,
        linear.bias.map({ $0.count == linear.outputCount }) ?? true
      else {
        throw Network.misfit(
          self,
          "has weights of shape \(linear.weight.shape) for a vector of \(count) elements")
      }
      return .vector(count: linear.outputCount)
    case (.gate, .image(let channels, _, _)?, 2):
      guard inputs[1] == .vector(count: channels) else {
        throw Network.misfit(
          self, "multiplies \(channels) channels by a value of shape \(inputs[1].dimensions)")
      }
      return inputs[0]
    case (.add, let shape?, 2...):
      guard inputs.allSatisfy({ $0 == shape }) else {
        throw Network.misfit(self, "adds values of shapes \(inputs.map(\.dimensions))")
      }
      return shape
    default:
      throw Network.misfit(
        self, "cannot read \(inputs.count) values of shapes \(inputs.map(\.dimensions))")
    }
  }
}
