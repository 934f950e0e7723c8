/// One block of a checkpoint: its position, and what its tensors say.
struct AssembledBlock {
  let shape: BlockShape
  let body: LinearExpression
  let gate: SqueezeExcitation?
}

/// The position and geometry of a block.
struct BlockShape {
  /// Index of the stage, 0 for the stem.
  let stage: Int
  /// Index of the block within its stage.
  let index: Int
  let inputChannels: Int
  let outputChannels: Int
  /// The stage's stride in its first block, else 1.
  let stride: Int
  /// Groups of the convolutions.
  let groups: Int
  /// Rows and columns of the largest kernel.
  var kernelSize = 3

  /// Whether the trained block has an identity branch: stride 1 and equal widths.
  var hasIdentity: Bool { stride == 1 && inputChannels == outputChannels }
}
