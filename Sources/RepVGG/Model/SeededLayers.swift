/// Appends layers with random weights to a network, as detectors and segmenters have them.
///
/// Tensors have the names of PyTorch's modules.
struct SeededLayers {
  typealias Image = NetworkBuilder.Image

  var network: NetworkBuilder
  var weights: SeededTensors

  /// A convolution `name.conv` with its batch norm `name.bn`, and an activation.
  mutating func convolution(
    _ name: String, _ source: Image, to channels: Int, size: Int, stride: Int = 1,
    _ activation: Network.Activation = .relu
  ) -> Image {
    let block = SeededTensors.Block(
      prefix: name, inputChannels: source.channels, outputChannels: channels, stride: stride,
      groups: 1)
    let sum = network.append(
      name, .linear(weights.normed(name, block, size: size, gamma: 0.7...1)), source.node)
    return Image(node: activated(name, activation, sum), channels: channels)
  }

  /// A convolution with bias, `name.weight` and `name.bias`.
  mutating func biased(
    _ name: String, _ source: Image, to channels: Int, size: Int, stride: Int = 1
  ) -> Image {
    let bound = (3 / Float(source.channels * size * size)).squareRoot()
    let kernel = weights.tensor(
      "\(name).weight", [channels, source.channels, size, size], -bound...bound)
    let convolution = Convolution(
      kernel: kernel, bias: weights.tensor("\(name).bias", [channels], -0.1...0.1),
      stride: stride, padding: size / 2)
    return Image(
      node: network.append(name, .linear(.convolution(convolution)), source.node),
      channels: channels)
  }

  /// RepVGG's block with its ReLU.
  mutating func repVGG(
    _ name: String, _ source: Image, to channels: Int, stride: Int = 1
  ) -> Image {
    let block = SeededTensors.Block(
      prefix: name, inputChannels: source.channels, outputChannels: channels, stride: stride,
      groups: 1)
    return Image(
      node: network.appendBlock(name, weights.branches(block), gate: nil, to: source.node),
      channels: channels)
  }

  /// A transposed convolution of 2x2 with stride 2 and bias, which doubles rows and columns.
  mutating func doubled(_ name: String, _ source: Image) -> Image {
    let channels = source.channels
    let bound = (3 / Float(channels)).squareRoot()
    let kernel = weights.tensor("\(name).weight", [channels, channels, 2, 2], -bound...bound)
    let bias = weights.tensor("\(name).bias", [channels], -0.1...0.1)
    let inputs = [
      source.node, network.append("\(name).weight", .constant(kernel)),
      network.append("\(name).bias", .constant(bias)),
    ]
    let window = SpatialWindow(kernel: [2, 2], strides: [2, 2])
    return Image(
      node: append(name, TransposedConvolutionOperation(window: window), inputs),
      channels: channels)
  }

  /// The channels of several images, one after the other.
  mutating func concatenated(_ name: String, _ images: [Image]) -> Image {
    Image(
      node: append(
        name, ConcatOperation(axis: 1, inputCount: images.count), images.map(\.node)),
      channels: images.reduce(0) { $0 + $1.channels })
  }

  mutating func added(_ name: String, _ images: [Image]) -> Image {
    Image(
      node: network.append(name, .add, inputs: images.map(\.node)), channels: images[0].channels)
  }

  mutating func activated(
    _ name: String, _ activation: Network.Activation, _ source: Network.NodeID
  ) -> Network.NodeID {
    network.append("\(name) \(activation.name)", .activation(activation), source)
  }

  /// An operation on whole tensors, of whose inputs some may be absent.
  mutating func append(
    _ name: String, _ operation: some TensorOperation, _ inputs: [Network.NodeID?]
  ) -> Network.NodeID {
    network.append(
      name,
      .tensor(Network.TensorFunction(operation, presence: inputs.map { $0 != nil })),
      inputs: inputs.compactMap(\.self))
  }

  /// Integers as a constant: a list, or a scalar.
  mutating func constant(_ name: String, _ integers: [Int], isScalar: Bool = false)
    -> Network.NodeID
  {
    network.append(
      name,
      .constant(
        Tensor(
          ReferenceTensor(
            shape: isScalar ? [] : [integers.count], integers: integers.map { Int64($0) }),
          name: name)))
  }

  /// A number as a constant.
  mutating func constant(_ name: String, _ number: Float) -> Network.NodeID {
    network.append(
      name, .constant(Tensor(ReferenceTensor(shape: [], [Double(number)]), name: name)))
  }
}
