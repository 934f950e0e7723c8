import RepVGG

/// The constants of RepOptimizer: what each block's branches would be scaled by.
///
/// The names are those of the hyper-search network (`stage1.0.scale_conv.weight`), which upstream's
/// `*-scales.pth` files use too. Formulas: Ding et al., *Re-parameterizing Your Optimizers rather
/// than Architectures* (ICLR 2023).
public struct RepOptimizerScales: Sendable, Hashable {
  /// One block's scales, a value per output channel.
  public struct Block: Sendable, Hashable {
    /// Scales of the 3x3 convolution.
    public var convolution: [Double]
    /// Scales of the 1x1 convolution.
    public var pointwise: [Double]
    /// Scales of the identity branch; nil where the block has none.
    public var identity: [Double]?

    /// The scales of one block.
    public init(convolution: [Double], pointwise: [Double], identity: [Double]?) {
      self.convolution = convolution
      self.pointwise = pointwise
      self.identity = identity
    }

    /// The scales with the names of their modules.
    var named: [(module: String, scales: [Double])] {
      let modules = TrainingArchitecture.Form.hyperSearch.branchNames.compactMap(\.scale)
      return Array(zip(modules, [convolution, pointwise] + (identity.map { [$0] } ?? [])))
    }
  }

  /// The scales by block name.
  public var blocks: [String: Block]

  /// Scales of given blocks.
  public init(blocks: [String: Block]) { self.blocks = blocks }

  /// What the hyper-search starts from: √(2/l) for block l of a stage, 1 for its first.
  public init(startOf architecture: TrainingArchitecture) {
    blocks = Dictionary(
      architecture.blocks.map { block in
        let scales = [Double](repeating: Self.start(block), count: block.outputChannels)
        let ones = [Double](repeating: 1, count: block.outputChannels)
        return (
          block.name,
          Block(
            convolution: scales, pointwise: scales, identity: block.hasIdentity ? ones : nil)
        )
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Reads the scales of every block of an architecture; other tensors are left alone, so a whole
  /// hyper-search state serves as well as a file of scales.
  ///
  /// - Throws: `badData` with the tensor that is missing, misshapen or not finite.
  public init(_ checkpoint: Checkpoint, for architecture: TrainingArchitecture) throws {
    func scale(_ block: TrainingArchitecture.Block, _ name: String) throws -> [Double] {
      let name = "\(block.name).\(name).weight"
      guard let tensor = checkpoint.tensors[name] else {
        throw RepVGGError(.badData, "is missing", file: checkpoint.file, tensor: name)
      }
      guard tensor.shape == [block.outputChannels] else {
        throw RepVGGError(
          .badData, "has shape \(tensor.shape), not [\(block.outputChannels)]",
          file: checkpoint.file, tensor: name)
      }
      let values = try tensor.doubles()
      guard values.allSatisfy(\.isFinite) else {
        throw RepVGGError(
          .badData, "holds a value that is not finite", file: checkpoint.file, tensor: name)
      }
      return values
    }
    blocks = [:]
    for block in architecture.blocks {
      let lists = try architecture.with(form: .hyperSearch).branchNames(block)
        .compactMap(\.scale).map { try scale(block, $0) }
      blocks[block.name] = Block(
        convolution: lists[0], pointwise: lists[1], identity: block.hasIdentity ? lists[2] : nil)
    }
  }

  /// The scales under their official names, Float32, for a file that upstream's code reads too.
  public func checkpoint(metadata: [String: String] = [:]) -> Checkpoint {
    var tensors: [String: Tensor] = [:]
    for (name, block) in blocks {
      for (module, values) in block.named {
        tensors["\(name).\(module).weight"] = Tensor(
          shape: [values.count], elements: values.map { Float($0) })
      }
    }
    return Checkpoint(tensors: tensors, metadata: metadata)
  }

  /// Where the hyper-search starts the scales of a block's two convolutions.
  static func start(_ block: TrainingArchitecture.Block) -> Double {
    block.indexInStage == 0 ? 1 : (2 / Double(block.indexInStage)).squareRoot()
  }
}
