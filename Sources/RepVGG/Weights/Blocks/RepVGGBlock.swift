/// RepVGG's block and those that move or leave out its batch norms: QARepVGG (cxxgtxy/QARepVGG, V1 to
/// V6, M3), YOLOv6 and YOLOv7's RepConv.
package enum RepVGGBlock {
  /// A branch that has no tensors, and so is not seen in a checkpoint.
  package enum Identity: Sendable {
    /// None, or a batch norm, which is seen.
    case stored
    /// The input itself.
    case plain
    /// The input itself and its average over the largest kernel's window (YOLOv6's QARepVGG V2).
    case plainAndAverage
  }

  /// The block with tensors `rbr_dense.conv.weight`, `rbr_dense.weight` or `rbr_dense.0.weight` and so
  /// on; it deploys to `rbr_reparam`.
  ///
  /// - Parameters:
  ///   - block: Its tensors.
  ///   - identity: The identity branch. The default is `plain` where none is stored, a batch norm comes
  ///     after the sum or a branch has none, and stride and channels allow it, as QARepVGG has it;
  ///     else none.
  /// - Returns: What the block computes.
  /// - Throws: `badData` that names the tensor that is missing or misshapen.
  package static func read(
    _ block: BlockTensors, identity: Identity? = nil
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let (dense, denseNorm) = modules("rbr_dense", block)
    let (pointwise, pointwiseNorm) = modules("rbr_1x1", block)
    let kernel = try denseKernel(block)
    let norm = try block.optionalNorm("rbr_identity")
    let tail = try block.optionalNorm("bn")
    let kind = identity ?? inferred(block, kernel, hasNorm: norm != nil)
    let isSquare = norm != nil || kind != .stored
    let layout = try BlockLayout(
      block, kernel, groups: isSquare ? BlockLayout.identityGroups(kernel) : nil)
    var branches: [LinearExpression] = []
    for (module, norm) in [(dense, denseNorm), (pointwise, pointwiseNorm)] {
      if let norm {
        branches.append(try layout.branch(module, norm))
      } else {
        branches.append(
          try layout.convolution(
            try block.kernel("\(module).weight"), bias: block["\(module).bias"]))
      }
    }
    if let norm { branches.append(norm) }
    if kind != .stored { branches.append(.identity) }
    if kind == .plainAndAverage {
      branches.append(
        .averagePool(
          AveragePool(
            size: layout.largestSize, stride: block.stride, padding: layout.largestPadding)))
    }
    let sum = LinearExpression.sum(branches)
    return ReparameterizableBlock(
      expression: tail.map { .sequence([sum, $0]) } ?? sum, inputChannels: layout.inputChannels)
  }

  /// The largest kernel.
  static func denseKernel(_ block: BlockTensors) throws(RepVGGError) -> Tensor {
    try block.kernel("\(modules("rbr_dense", block).convolution).weight")
  }

  /// The modules of a branch's convolution and batch norm; a convolution that is the branch has none.
  private static func modules(
    _ branch: String, _ block: BlockTensors
  ) -> (convolution: String, norm: String?) {
    if block["\(branch).weight"] != nil { return (branch, nil) }
    if block["\(branch).0.weight"] != nil || block.hasNorm("\(branch).1") {
      return ("\(branch).0", "\(branch).1")
    }
    return ("\(branch).conv", "\(branch).bn")
  }

  private static func inferred(
    _ block: BlockTensors, _ kernel: Tensor, hasNorm: Bool
  ) -> Identity {
    !hasNorm && block.stride == 1 && mayHideIdentity(block, kernel) ? .plain : .stored
  }

  /// Whether a block may have an identity branch that has no tensors: QARepVGG's with as many outputs
  /// as inputs.
  static func mayHideIdentity(_ block: BlockTensors, _ kernel: Tensor) -> Bool {
    block.hasNorm("bn") && isSquare(block, kernel)
  }

  /// Whether a block has as many outputs as inputs.
  static func isSquare(_ block: BlockTensors, _ kernel: Tensor) -> Bool {
    kernel.shape[0] == kernel.shape[1].multipliedReportingOverflow(by: block.groups ?? 1).0
  }
}
