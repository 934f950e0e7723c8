import SeededNumbers

extension Network {
  /// A branched network with reproducible random weights, for measurements without a file.
  ///
  /// Kernels are drawn as in He initialization of the sum of the branches. Batch norms get varied
  /// scales, shifts and statistics, so activations neither vanish nor explode in any catalogue
  /// network. Values depend only on the seed, the tensor and the element, and are generated when
  /// they are read: the network itself takes no memory.
  ///
  /// - Parameters:
  ///   - architecture: Any architecture; one without classes gives a backbone.
  ///   - seed: Equal seeds give equal weights.
  public init(_ architecture: Architecture, seed: UInt64) {
    var builder = NetworkBuilder()
    var weights = SeededTensors(seed: seed)
    architecture.build(architecture, &builder, &weights)
    self = builder.network(architecture.origin)
  }

  /// A branched network of an architecture with given weights.
  ///
  /// - Parameters:
  ///   - architecture: How the network is built.
  ///   - tensors: Its tensors under the names that ``init(_:seed:)`` gives them; others are ignored.
  /// - Throws: `badData` that names what is missing or has another shape.
  package init(_ architecture: Architecture, tensors: [String: Tensor]) throws(RepVGGError) {
    var builder = NetworkBuilder()
    var weights = SeededTensors(tensors)
    architecture.build(architecture, &builder, &weights)
    guard weights.misfits.isEmpty else {
      throw RepVGGError(
        .badData,
        "do not fit \(architecture.name), missing or of another shape are:"
          + " \(NamingProblems.list(weights.misfits))")
    }
    self = builder.network(architecture.origin)
  }
}

extension Architecture {
  fileprivate var origin: Network.Origin {
    Network.Origin(family: family, architecture: name, inputSize: inputSize)
  }
}

/// Makes tensors whose elements are a function of seed, tensor and index, or finds given ones by their
/// names.
struct SeededTensors {
  /// The geometry of a block, and the prefix of its tensors' names.
  struct Block {
    let prefix: String
    let inputChannels: Int
    let outputChannels: Int
    let stride: Int
    let groups: Int
  }

  private let seed: UInt64
  private var tensorCount: UInt64 = 0
  /// That of every batch norm.
  var epsilon = BatchNorm.defaultEpsilon
  private let given: [String: Tensor]?
  /// The names of tensors that were not given, or with another shape.
  private(set) var misfits: [String] = []

  init(seed: UInt64) {
    self.seed = seed
    given = nil
  }

  init(_ given: [String: Tensor]) {
    seed = 0
    self.given = given
  }

  mutating func tensor(
    _ name: String, _ shape: [Int], _ range: ClosedRange<Float>
  ) -> Tensor {
    if let given {
      if let tensor = given[name], tensor.shape == shape { return tensor }
      misfits.append(name)
    }
    tensorCount += 1
    let stream = SplitMix64.mix(seed &+ tensorCount &* SplitMix64.increment)
    return Tensor(shape: shape, source: SeededSource(stream: stream, range: range), name: name)
  }

  mutating func norm(_ name: String, _ channels: Int, gamma: ClosedRange<Float>)
    -> LinearExpression
  {
    .batchNorm(
      BatchNorm(
        gamma: tensor(name + ".weight", [channels], gamma),
        beta: tensor(name + ".bias", [channels], -0.1...0.1),
        mean: tensor(name + ".running_mean", [channels], -0.1...0.1),
        variance: tensor(name + ".running_var", [channels], 0.8...1.25), epsilon: epsilon))
  }

  /// A convolution `name.conv` of a block, and its batch norm `name.bn`.
  mutating func normed(
    _ name: String, _ block: Block, size: Int, gamma: ClosedRange<Float>
  ) -> LinearExpression {
    let inner = block.inputChannels / block.groups
    // Uniform in ±sqrt(6 / fan-in) has variance 2 / fan-in.
    let bound = (6 / Float(inner * size * size)).squareRoot()
    return .sequence([
      .convolution(
        Convolution(
          kernel: tensor(
            "\(name).conv.weight", [block.outputChannels, inner, size, size], -bound...bound),
          stride: block.stride, padding: size / 2, groups: block.groups)),
      norm("\(name).bn", block.outputChannels, gamma: gamma),
    ])
  }

  /// RepVGG's branches: 3x3, 1x1 and, where shapes allow it, identity, each with a batch norm.
  mutating func branches(_ block: Block) -> LinearExpression {
    var branches = [
      normed("\(block.prefix).rbr_dense", block, size: 3, gamma: 0.5...0.7),
      normed("\(block.prefix).rbr_1x1", block, size: 1, gamma: 0.5...0.7),
    ]
    if block.stride == 1, block.inputChannels == block.outputChannels {
      branches.append(
        norm("\(block.prefix).rbr_identity", block.outputChannels, gamma: 0.3...0.5))
    }
    return .sum(branches)
  }

  /// The gate of a block.
  mutating func gate(_ gate: RepVGGDesign.Gate, _ block: Block) -> SqueezeExcitation {
    let (name, reduction, isBefore) =
      switch gate {
      case .beforeReLU(let reduction): ("se", reduction, true)
      case .afterReLU(let reduction): ("post_se", reduction, false)
      }
    return self.gate(
      "\(block.prefix).\(name)", squeeze: "down", excite: "up", channels: block.outputChannels,
      squeezed: max(1, block.outputChannels / reduction), isBeforeReLU: isBefore)
  }

  /// A gate by the names of its two layers.
  mutating func gate(
    _ name: String, squeeze: String, excite: String, channels: Int, squeezed: Int,
    isBeforeReLU: Bool
  ) -> SqueezeExcitation {
    SqueezeExcitation(
      isBeforeReLU: isBeforeReLU,
      squeeze: linear(
        "\(name).\(squeeze)", outputs: squeezed, inputs: channels,
        shape: [squeezed, channels, 1, 1]),
      excite: linear(
        "\(name).\(excite)", outputs: channels, inputs: squeezed,
        shape: [channels, squeezed, 1, 1]))
  }

  mutating func linear(_ name: String, outputs: Int, inputs: Int, shape: [Int]) -> Linear {
    let bound = (3 / Float(max(1, inputs))).squareRoot()
    return Linear(
      weight: tensor(name + ".weight", shape, -bound...bound),
      bias: tensor(name + ".bias", [outputs], -0.1...0.1))
  }
}

/// Elements uniform in a range, each a hash of the stream and its index.
private struct SeededSource: TensorSource {
  let stream: UInt64
  let range: ClosedRange<Float>
  /// Elements of the stream before the first.
  var offset = 0

  func slice(_ elements: Range<Int>) -> (any TensorSource)? {
    var copy = self
    copy.offset += elements.lowerBound
    return copy
  }

  var elementType: ElementType { .float32 }

  func floats(count: Int) -> [Float] {
    let width = range.upperBound - range.lowerBound
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      var random = SplitMix64(seed: stream &+ UInt64(offset) &* SplitMix64.increment)
      for index in 0..<count {
        buffer[index] = range.lowerBound + width * (Float(random.next() >> 40) * 0x1p-24)
      }
      initialized = count
    }
  }
}
