extension Network {
  /// The network of a file; its content decides the format, and of a checkpoint family, form and
  /// architecture are inferred.
  ///
  /// - Parameters:
  ///   - path: A safetensors file or a PyTorch `.pth` of any family in ``Family``, or an ONNX model,
  ///     whose linear regions become single nodes.
  ///   - options: What a checkpoint does not contain; an ONNX model contains everything.
  /// - Throws: `missingInput` for a file that cannot be opened, `badData` for one that is corrupt
  ///   or holds no known network, naming everything that is missing or unexpected, `unsupported` for
  ///   an operator that the library does not have, `invalidArgument` for options with an ONNX model.
  public init(
    contentsOf path: String, options: NetworkOptions = NetworkOptions()
  ) throws(RepVGGError) {
    try self.init(ModelFile(contentsOf: path), path: path, options: options)
  }

  /// The network of a file that has been read.
  package init(
    _ file: ModelFile, path: String, options: NetworkOptions = NetworkOptions()
  ) throws(RepVGGError) {
    switch file {
    case .checkpoint(let checkpoint): try self.init(checkpoint, options: options)
    case .graph(let model):
      guard options.group == nil, options.strides == nil,
        options.epsilon == BatchNorm.defaultEpsilon
      else {
        throw RepVGGError(
          .invalidArgument, "is an ONNX model, which has its own strides, epsilons and weights",
          file: path)
      }
      self = try Network(model, file: path).mergingRegions().network
    }
  }

  /// The network that a checkpoint's names and shapes describe.
  ///
  /// - Parameters:
  ///   - checkpoint: Named tensors; their order has no meaning.
  ///   - options: What the file does not contain.
  /// - Throws: `badData`, naming everything that is missing or unexpected; `invalidArgument` for
  ///   options out of range.
  public init(
    _ checkpoint: Checkpoint, options: NetworkOptions = NetworkOptions()
  ) throws(RepVGGError) {
    try self.init(checkpoint, options: options, families: .known)
  }

  /// The network of a checkpoint of one of the given families.
  package init(
    _ checkpoint: Checkpoint, options: NetworkOptions = NetworkOptions(),
    families: CheckpointFamilies
  ) throws(RepVGGError) {
    guard options.epsilon >= 0, options.epsilon.isFinite else {
      throw RepVGGError(
        .invalidArgument, "a batch-norm epsilon of \(options.epsilon) is out of range")
    }
    do throws(RepVGGError) {
      var assembler = try NetworkAssembler(checkpoint, options: options, families: families)
      self = try assembler.network()
      // Only now it is known which tensors matter.
      for tensor in tensors {
        if let obstacle = tensor.obstacle { throw obstacle }
      }
    } catch {
      guard let file = checkpoint.file else { throw error }
      throw error.inFile(file)
    }
  }
}
