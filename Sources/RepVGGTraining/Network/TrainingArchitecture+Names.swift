import RepVGG

/// Names come from the descriptions by which inference reads checkpoints.
extension TrainingArchitecture {
  /// The names of a branch inside its block.
  package struct BranchNames: Sendable, Hashable {
    /// Kernel size; 0 for the identity.
    package var kernel = 0
    package var convolution: String?
    package var norm: String?
    package var scale: String?
  }

  /// The branches of a block in the order dense, 1x1, identity; a norm after their sum is listed
  /// with the first.
  package func branchNames(_ block: Block) -> [BranchNames] {
    block.hasIdentity ? form.branchNames : form.branchNames.filter { $0.kernel > 0 }
  }

  static func blockName(stage: Int, index: Int) -> String {
    CheckpointFamily.official.blockName(stage: stage, index: index)
  }
}

extension TrainingArchitecture.Excitation {
  /// The modules of the two layers.
  var names: CheckpointFamily.Gate? {
    CheckpointFamily.official.gates.first {
      $0.isBeforeReLU == (placement == .beforeReLU)
    }
  }
}

extension TrainingArchitecture.Form {
  /// The family to which a state of this form belongs.
  private var family: CheckpointFamily {
    switch self {
    case .branched: .official
    case .constantScale, .hyperSearch: .repOptScaled
    case .plain: .repOptTarget
    case .baseline: .repOptBaseline
    }
  }

  /// The branches of a block that has an identity.
  var branchNames: [TrainingArchitecture.BranchNames] { Self.branchNames(family.template) }

  private static func branchNames(
    _ expression: LinearExpression
  ) -> [TrainingArchitecture.BranchNames] {
    func module(_ tensor: Tensor) -> String { String(tensor.name.dropLast(".weight".count)) }
    switch expression {
    case .convolution(let convolution):
      return [.init(kernel: convolution.kernelSize.height, convolution: module(convolution.kernel))]
    case .batchNorm(let norm): return norm.gamma.map { [.init(norm: module($0))] } ?? []
    case .scale(let factors): return [.init(scale: module(factors))]
    case .sum(let parts): return parts.flatMap(branchNames)
    case .sequence(let parts):
      var branches = parts.first.map(branchNames) ?? []
      for next in parts.dropFirst().flatMap(branchNames) where !branches.isEmpty {
        branches[0].norm = next.norm ?? branches[0].norm
        branches[0].scale = next.scale ?? branches[0].scale
      }
      return branches
    default: return []
    }
  }
}
