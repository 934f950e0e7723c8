import RepVGG
import SeededNumbers

extension TrainingArchitecture {
  /// The plain network's state that computes the same function as a state of scaled branches.
  ///
  /// W' = s·W3 + [centre] t·W1 + [centre, diagonal] w, in Float64; batch norms, gates and the
  /// linear layer are kept. This is the rule of initialization, and what a trajectory of
  /// branches is compared by.
  ///
  /// - Parameter scaled: a state of the constant-scale or hyper-search form of this architecture.
  /// - Returns: a state of the plain form.
  /// - Throws: `badData` with the tensor that is missing or misshapen.
  public func plainState(ofScaled scaled: Checkpoint) throws -> Checkpoint {
    let scales = try RepOptimizerScales(scaled, for: self)
    var tensors: [String: Tensor] = [:]
    for specification in with(form: .plain).parameters {
      guard let tensor = scaled.tensors[specification.name], tensor.shape == specification.shape
      else {
        throw RepVGGError(
          .badData, "is missing or not of shape \(specification.shape)", file: scaled.file,
          tensor: specification.name)
      }
      tensors[specification.name] = tensor
    }
    for block in blocks {
      let name = "\(block.name).conv.weight"
      let pointwiseName = "\(block.name).conv_1x1.weight"
      let shape = [block.outputChannels, block.inputChannels / block.groups, 1, 1]
      guard let kernel = tensors[name], let pointwise = scaled.tensors[pointwiseName],
        pointwise.shape == shape
      else {
        throw RepVGGError(
          .badData, "is missing or not of shape \(shape)", file: scaled.file,
          tensor: pointwiseName)
      }
      let blockScales = try scales.scales(of: block)
      let merged = try RepOptimizerScales.merge(
        kernel: kernel.doubles(), pointwise: pointwise.doubles(), blockScales, block: block)
      tensors[name] = Tensor(
        shape: kernel.shape, source: ScalarTensorSource<Double>(elements: merged))
    }
    return Checkpoint(tensors: tensors)
  }
}

extension RepOptimizerScales {
  /// The kernel that acts as the scaled sum of a block's branches, `[output][input / groups][3][3]`.
  static func merge(
    kernel: [Double], pointwise: [Double], _ scales: Block, block: TrainingArchitecture.Block
  ) throws -> [Double] {
    let channels = block.outputChannels
    func scale(_ factors: [Double]) -> LinearExpression {
      .scale(Tensor(shape: [channels], source: ScalarTensorSource<Double>(elements: factors)))
    }
    func branch(_ kernel: [Double], size: Int, _ factors: [Double]) -> LinearExpression {
      let tensor = Tensor(
        shape: [channels, block.inputChannels / block.groups, size, size],
        source: ScalarTensorSource<Double>(elements: kernel))
      return .sequence([
        .convolution(Convolution(kernel: tensor, stride: block.stride, groups: block.groups)),
        scale(factors),
      ])
    }
    let sum = LinearExpression.sum(
      [branch(kernel, size: 3, scales.convolution), branch(pointwise, size: 1, scales.pointwise)]
        + (scales.identity.map { [scale($0)] } ?? []))
    return try sum.reduced(inputChannels: block.inputChannels).kernel
  }
}

extension TrainingNetwork {
  /// Starts a fresh plain network as the scaled branches would start: the rule of initialization.
  ///
  /// The 3x3 kernels are the network's own, the 1x1 kernels are drawn for the occasion.
  ///
  /// - Parameters:
  ///   - scales: the scales of every block.
  ///   - seed: what the 1x1 kernels depend on.
  ///   - usesIdentityScales: whether the identity enters with its searched scale, as upstream does
  ///     by default, or with 1, as the paper has it.
  /// - Throws: `invalidArgument` where the network is not plain, not fresh, or the scales do not
  ///   fit.
  public func initialize(
    with scales: RepOptimizerScales, seed: UInt64, usesIdentityScales: Bool = true
  ) throws {
    guard architecture.form == .plain else {
      throw RepVGGError(.invalidArgument, "the rule of initialization is for the plain network")
    }
    var random = SplitMix64(seed: seed, keys: 2)
    for block in architecture.blocks {
      let (name, norm) = ("\(block.name).conv.weight", "\(block.name).bn.weight")
      guard let weights = store.values(of: norm), weights.allSatisfy({ $0 == 1 }) else {
        throw RepVGGError(
          .invalidArgument,
          "the rule of initialization is for a fresh network, but '\(norm)' is not 1: this one "
            + "was trained already")
      }
      guard let entry = store.entry(name), let kernel = store.values(of: name) else { continue }
      var blockScales = try scales.scales(of: block)
      if !usesIdentityScales {
        blockScales.identity = blockScales.identity.map { .init(repeating: 1, count: $0.count) }
      }
      let inputs = block.inputChannels / block.groups
      let bound = 1 / Double(inputs).squareRoot()
      let pointwise = (0..<block.outputChannels * inputs).map { _ in
        bound * (2 * random.unit() - 1)
      }
      let merged = try RepOptimizerScales.merge(
        kernel: kernel.map { Double($0) }, pointwise: pointwise, blockScales, block: block)
      store.store(
        merged.map { Scalar($0) }, at: store.values.base + entry.offset, entry.specification.shape)
    }
  }
}
