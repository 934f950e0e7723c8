/// What a tensor is within a block, whatever its family names it.
enum TensorRole: Hashable {
  /// The branches of a block.
  enum Branch: Hashable { case spatial, pointwise, identity }
  /// The entries of a batch norm.
  enum NormEntry: String, Hashable, CaseIterable {
    case gamma = "weight"
    case beta = "bias"
    case mean = "running_mean"
    case variance = "running_var"
  }
  /// The linear maps of a gate.
  enum GatePart: Hashable { case squeeze, excite }
  /// The entries of a linear map or a convolution with bias.
  enum AffineEntry: String, Hashable, CaseIterable { case weight, bias }

  case kernel(Branch)
  case norm(Branch, NormEntry)
  /// RepOptimizers: the constant or trainable factors of a branch.
  case scale(Branch)
  /// A batch norm after the sum of the branches.
  case sharedNorm(NormEntry)
  /// The single convolution of a deployed block.
  case plain(AffineEntry)
  case gate(Architecture.Gate.Placement, GatePart, AffineEntry)

  /// Whether it is a factor of RepOptimizers, which is not applied to pixels.
  var isScale: Bool { if case .scale = self { true } else { false } }
}

/// The position of a block in a file's names.
struct BlockKey: Hashable, Comparable {
  /// 0 for the stem, 1 to 4 for the stages.
  var stage: Int
  /// RepVGGplus: 1 for the second module of stage 3, else 0.
  var part = 0
  var index: Int

  static func < (left: BlockKey, right: BlockKey) -> Bool {
    (left.stage, left.part, left.index) < (right.stage, right.part, right.index)
  }
}
