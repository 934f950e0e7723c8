/// The oracle: a network computed literally in Float64, plain loops over NCHW, never fast.
///
/// Every linear region is evaluated operator by operator as it was trained; nothing is folded.
package struct ReferenceNetwork {
  private let network: Network

  package init(_ network: Network) { self.network = network }

  /// One image or activation in Float64, `[channels, height, width]`.
  package struct Image: Sendable {
    package var channels: Int
    package var height: Int
    package var width: Int
    package var values: [Double]

    package init(channels: Int, height: Int, width: Int, values: [Double]) {
      self.channels = channels
      self.height = height
      self.width = width
      self.values = values
    }
  }

  /// What a node gives for one image.
  private enum Value {
    case image(Image)
    case vector([Double])

    var elements: [Double] {
      switch self {
      case .image(let image): image.values
      case .vector(let values): values
      }
    }

    mutating func map(_ function: (Double) -> Double) {
      switch self {
      case .image(var image):
        for index in image.values.indices { image.values[index] = function(image.values[index]) }
        self = .image(image)
      case .vector(let values): self = .vector(values.map(function))
      }
    }
  }

  /// The first output, `[batch, …]`, of images `[batch, channels, height, width]`: logits, or the
  /// pooled features of a backbone.
  package func logits(_ images: [Float], input: InputShape) throws(RepVGGError) -> [Double] {
    try outputs(images, input: input).logits
  }

  /// The same with the other outputs by their names.
  package func outputs(
    _ images: [Float], input: InputShape
  ) throws(RepVGGError) -> (logits: [Double], features: [String: [Double]]) {
    _ = try network.shapes(height: input.height, width: input.width)
    var result: [Double] = []
    var collected: [String: [Double]] = [:]
    let count = input.channels * input.height * input.width
    let pool = try ThreadPool(workerCount: min(16, PlanOptions.availableThreadCount))
    for index in 0..<input.batch {
      let image = Image(
        channels: input.channels, height: input.height, width: input.width,
        values: images[index * count..<(index + 1) * count].map(Double.init))
      for (output, elements) in try values(of: image, pool) {
        if output == network.outputs.first {
          result += elements
        } else {
          collected[output.name, default: []] += elements
        }
      }
    }
    return (result, collected)
  }

  /// The outputs of one image.
  private func values(
    of image: Image, _ pool: ThreadPool
  ) throws(RepVGGError) -> [(Network.Output, [Double])] {
    var values: [Value?] = []
    var results: [(Network.Output, [Double])] = []
    let readers = network.readers
    for (index, node) in network.nodes.enumerated() {
      let inputs = node.inputs.compactMap { values[$0.index] }
      let value = try Self.apply(node.operation, to: inputs, image, pool)
      values.append(value)
      for output in network.outputs where output.node.index == index {
        results.append((output, value.elements))
      }
      // What nothing after this node reads is not kept.
      for input in node.inputs where readers[input.index].allSatisfy({ $0 <= index }) {
        values[input.index] = nil
      }
    }
    return results
  }

  private static func apply(
    _ operation: Network.Operation, to inputs: [Value], _ image: Image, _ pool: ThreadPool
  ) throws(RepVGGError) -> Value {
    switch (operation, inputs.first) {
    case (.input, _): return .image(image)
    case (.linear(let expression), .image(let source)?):
      return .image(try expression.evaluate(on: source, pool))
    case (.activation(let activation), var value?):
      value.map { activation($0) }
      return value
    case (.globalMean, .image(let source)?): return .vector(means(source))
    case (.dense(let map), .vector(let vector)?): return .vector(try linear(map, vector))
    case (.gate, .image(let source)?):
      let factors = inputs[1].elements
      return .image(source.mapped { channel, value in value * factors[channel] })
    case (.add, .image(var sum)?):
      for term in inputs.dropFirst() {
        for (index, value) in term.elements.enumerated() { sum.values[index] += value }
      }
      return .image(sum)
    case (.add, .vector(var sum)?):
      for term in inputs.dropFirst() {
        for (index, value) in term.elements.enumerated() { sum[index] += value }
      }
      return .vector(sum)
    case (.constant, _), (.tensor, _):
      throw RepVGGError(.unsupported, "the reference of images does not evaluate this operation")
    case (.linear, _), (.activation, _), (.globalMean, _), (.dense, _), (.gate, _), (.add, _):
      preconditionFailure("the shapes of the network's nodes were checked")
    }
  }

  private static func means(_ image: Image) -> [Double] {
    let plane = image.height * image.width
    return (0..<image.channels).map { channel in
      image.values[channel * plane..<(channel + 1) * plane].reduce(0, +) / Double(plane)
    }
  }

  private static func linear(
    _ map: Linear, _ vector: [Double]
  ) throws(RepVGGError) -> [Double] {
    let (matrix, bias) = (try map.weight.doubles(), try map.bias?.doubles())
    return (0..<map.outputCount).map { output -> Double in
      var sum = bias?[output] ?? 0
      for input in vector.indices { sum += matrix[output * vector.count + input] * vector[input] }
      return sum
    }
  }
}
