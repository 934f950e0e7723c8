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
    var generator = SeededTensors(seed: seed)
    let shapes = architecture.blocks
    let blocks = shapes.enumerated().map { index, shape in
      let isLast = index + 1 == shapes.count || shapes[index + 1].stage != shape.stage
      var feature = isLast ? "stage\(shape.stage)" : nil
      if architecture.splitsStage3, shape.stage == 3,
        shape.index == architecture.stage3FirstBlockCount - 1
      {
        feature = "stage3_first"
      }
      return generator.block(shape, gate: architecture.gate, featureName: feature)
    }
    self.init(
      architecture: architecture, state: .branched, blocks: blocks,
      head: architecture.classCount == 0
        ? nil
        : generator.linear(
          "linear", outputs: architecture.classCount, inputs: architecture.featureChannels,
          shape: [architecture.classCount, architecture.featureChannels]),
      origin: Origin(family: architecture.splitsStage3 ? .repVGGplus : .official))
  }
}

/// Makes tensors whose elements are a function of seed, tensor and index.
private struct SeededTensors {
  let seed: UInt64
  private var tensorCount: UInt64 = 0

  init(seed: UInt64) { self.seed = seed }

  private mutating func tensor(
    _ name: String, _ shape: [Int], _ range: ClosedRange<Float>
  ) -> Tensor {
    tensorCount += 1
    let stream = SeededSource.mix(seed &+ tensorCount &* 0x9E37_79B9_7F4A_7C15)
    return Tensor(shape: shape, source: SeededSource(stream: stream, range: range), name: name)
  }

  private mutating func norm(_ name: String, _ channels: Int, gamma: ClosedRange<Float>)
    -> LinearExpression
  {
    .batchNorm(
      BatchNorm(
        gamma: tensor(name + ".weight", [channels], gamma),
        beta: tensor(name + ".bias", [channels], -0.1...0.1),
        mean: tensor(name + ".running_mean", [channels], -0.1...0.1),
        variance: tensor(name + ".running_var", [channels], 0.8...1.25)))
  }

  mutating func block(
    _ shape: Architecture.BlockShape, gate: Architecture.Gate?, featureName: String?
  ) -> Block {
    let prefix = shape.stage == 0 ? "stage0" : "stage\(shape.stage).\(shape.index)"
    let inner = shape.inputChannels / shape.groups
    let channels = shape.outputChannels
    func branch(_ name: String, size: Int, _ make: inout SeededTensors) -> LinearExpression {
      // Uniform in ±sqrt(6 / fan-in) has variance 2 / fan-in.
      let bound = (6 / Float(inner * size * size)).squareRoot()
      return .sequence([
        .convolution(
          Convolution(
            kernel: make.tensor(
              "\(prefix).\(name).conv.weight", [channels, inner, size, size], -bound...bound),
            stride: shape.stride, padding: size / 2, groups: shape.groups)),
        make.norm("\(prefix).\(name).bn", channels, gamma: 0.5...0.7),
      ])
    }
    var branches = [
      branch("rbr_dense", size: 3, &self), branch("rbr_1x1", size: 1, &self),
    ]
    if shape.hasIdentity {
      branches.append(norm("\(prefix).rbr_identity", channels, gamma: 0.3...0.5))
    }
    return Block(
      shape: shape, featureName: featureName, body: .sum(branches),
      gate: gate.map { squeezeExcitation($0, channels: channels, prefix: prefix) })
  }

  private mutating func squeezeExcitation(
    _ gate: Architecture.Gate, channels: Int, prefix: String
  ) -> SqueezeExcitation {
    let name = gate.placement == .beforeActivation ? "se" : "post_se"
    let squeezed = max(1, channels / gate.reduction)
    return SqueezeExcitation(
      placement: gate.placement,
      squeeze: linear(
        "\(prefix).\(name).down", outputs: squeezed, inputs: channels,
        shape: [squeezed, channels, 1, 1]),
      excite: linear(
        "\(prefix).\(name).up", outputs: channels, inputs: squeezed,
        shape: [channels, squeezed, 1, 1]))
  }

  mutating func linear(_ name: String, outputs: Int, inputs: Int, shape: [Int]) -> Linear {
    let bound = (3 / Float(max(1, inputs))).squareRoot()
    return Linear(
      weight: tensor(name + ".weight", shape, -bound...bound),
      bias: tensor(name + ".bias", [outputs], -0.1...0.1))
  }
}

/// Elements uniform in a range, each a hash of the stream and its index (SplitMix64's mixer,
/// Steele, Lea and Flood, OOPSLA 2014).
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

  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  func floats(count: Int) -> [Float] {
    let width = range.upperBound - range.lowerBound
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      var state = stream &+ UInt64(offset) &* 0x9E37_79B9_7F4A_7C15
      for index in 0..<count {
        state &+= 0x9E37_79B9_7F4A_7C15
        buffer[index] = range.lowerBound + width * (Float(Self.mix(state) >> 40) * 0x1p-24)
      }
      initialized = count
    }
  }
}
