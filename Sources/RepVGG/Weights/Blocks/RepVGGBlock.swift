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
    let kernel = try block.kernel("\(dense).weight")
    let norm = try block.optionalNorm("rbr_identity")
    let tail = try block.optionalNorm("bn")
    let kind = identity ?? inferred(block, kernel, hasNorm: norm != nil)
    let isSquare = norm != nil || kind != .stored
    let layout = try BlockLayout(
      block, kernel, groups: isSquare ? BlockLayout.identityGroups(kernel) : nil)
    var branches: [LinearExpression] = []
    for (module, norm) in [(dense, denseNorm), (pointwise, pointwiseNorm)] {
      let convolution = try layout.convolution(
        try block.kernel("\(module).weight"), bias: block["\(module).bias"])
      branches.append(
        try block.optionalNorm(norm).map { .sequence([convolution, $0]) } ?? convolution)
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

  /// The modules of a branch's convolution and batch norm.
  private static func modules(
    _ branch: String, _ block: BlockTensors
  ) -> (convolution: String, norm: String) {
    if block["\(branch).conv.weight"] != nil { return ("\(branch).conv", "\(branch).bn") }
    if block["\(branch).0.weight"] != nil { return ("\(branch).0", "\(branch).1") }
    return (branch, "\(branch).bn")
  }

  private static func inferred(
    _ block: BlockTensors, _ kernel: Tensor, hasNorm: Bool
  ) -> Identity {
    let isQARepVGG = block["bn.running_mean"] != nil
    let mayBeSquare =
      kernel.shape[0] == kernel.shape[1].multipliedReportingOverflow(by: block.groups ?? 1).0
    return isQARepVGG && !hasNorm && block.stride == 1 && mayBeSquare ? .plain : .stored
  }
}
