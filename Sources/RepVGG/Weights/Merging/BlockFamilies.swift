extension BlockFamily {
  /// Every family, those with more specific names first: a tensor belongs to one block.
  static let known: [BlockFamily] =
    fastViT + uniRepLKNet + orepa + diverseBranches + repVGG + mobileOne + repGhost + repViT
    + yolo
}
