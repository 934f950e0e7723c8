/// The forms in which one trained network can be computed; all are the same function.
public enum Form: String, Sendable, Hashable, CaseIterable {
  /// The training graph in evaluation mode, literally: every branch with its batch norm, sums,
  /// then the activation.
  case branched
  /// Batch norms folded into each branch, the branches accumulated in place.
  case folded
  /// One convolution per block.
  case plain
}
