extension Network {
  /// The network of a checkpoint file; format, family, form and architecture are inferred.
  ///
  /// - Parameters:
  ///   - path: A safetensors file or a PyTorch `.pth` of any family in ``Family``.
  ///   - epsilon: Batch-norm epsilon; it is not stored in files. 1e-5 for every family here.
  /// - Throws: `missingInput` for a file that cannot be opened, `badData` for one that is corrupt
  ///   or holds no known network, with everything that is missing or unexpected named.
  public init(
    contentsOf path: String, epsilon: Double = BatchNorm.defaultEpsilon
  ) throws(RepVGGError) {
    try self.init(Checkpoint(contentsOf: path), epsilon: epsilon)
  }

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
