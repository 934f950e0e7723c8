extension Network {
  /// The network that a checkpoint's names and shapes describe.
  ///
  /// - Parameters:
  ///   - checkpoint: Named tensors; their order carries no meaning.
  ///   - epsilon: Batch-norm epsilon; it is not stored in files.
  /// - Throws: `badData` with everything that is missing or unexpected named.
  public init(
    _ checkpoint: Checkpoint, epsilon: Double = BatchNorm.defaultEpsilon
  ) throws(RepVGGError) {
    guard epsilon >= 0, epsilon.isFinite else {
      throw RepVGGError(.invalidArgument, "a batch-norm epsilon of \(epsilon) is out of range")
    }
    do throws(RepVGGError) {
      var assembler = try NetworkAssembler(checkpoint, epsilon: epsilon)
      self = try assembler.network()
    } catch {
      guard let file = checkpoint.file else { throw error }
      throw error.inFile(file)
    }
  }
}
