extension Network {
  /// The plain network as a checkpoint with the official names of the deployed form.
  ///
  /// These are `stage1.0.rbr_reparam.weight`, or `stage1.blocks.0.rbr_reparam.weight` for
  /// RepVGGplus, gates as `se.*` before and `post_se.*` after the activation, and `linear.*` if
  /// there is a head.
  ///
  /// Strides other than 2 are stored in the metadata, as `strides`, because no tensor shows them
  /// any more.
  ///
  /// - Parameter metadata: Further entries for the header.
  /// - Returns: Tensors that ``Network/init(_:options:)`` reads as the same network.
  /// - Throws: `invalidArgument` for a network that is not plain, or has gates for which the family
  ///   has no names.
  public func deployedCheckpoint(
    metadata: [String: String] = [:]
  ) throws(RepVGGError) -> Checkpoint {
    let family: CheckpointFamily = architecture.splitsStage3 ? .repVGGplus : .official
    var tensors: [String: Tensor] = [:]
    for block in blocks {
      guard case .convolution(let convolution) = block.body, let bias = convolution.bias else {
        throw RepVGGError(.invalidArgument, "only a plain network has a deployed form to write")
      }
      var key = BlockKey(stage: block.shape.stage, index: block.shape.index)
      if architecture.splitsStage3, key.stage == 3, key.index >= architecture.stage3FirstBlockCount
      {
        key.part = 1
        key.index -= architecture.stage3FirstBlockCount
      }
      for (name, tensor) in zip(family.plainNames, [convolution.kernel, bias]) {
        tensors["\(family.blockPrefix(key)).\(name.text)"] = tensor
      }
      guard let gate = block.gate else { continue }
      guard let names = family.gates.first(where: { $0.placement == gate.placement }) else {
        throw RepVGGError(
          .invalidArgument,
          "family \(family.family.rawValue) has no names for gates \(gate.placement.rawValue)")
      }
      let channels = block.shape.outputChannels
      for (module, linear, shape) in [
        (names.squeeze, gate.squeeze, [gate.squeeze.outputCount, channels, 1, 1]),
        (names.excite, gate.excite, [channels, gate.squeeze.outputCount, 1, 1]),
      ] {
        let name = "\(family.blockPrefix(key)).\(module)"
        tensors[name + ".weight"] = Tensor(shape: shape, source: linear.weight.source)
        tensors[name + ".bias"] = linear.bias
      }
    }
    if let head {
      tensors[family.headName + ".weight"] = Tensor(
        shape: [head.outputCount, head.inputCount], source: head.weight.source)
      tensors[family.headName + ".bias"] = head.bias
    }
    var metadata = metadata
    let strides = architecture.stages.map(\.stride)
    if strides.contains(where: { $0 != 2 }) {
      metadata[StageStrides.metadataKey] = StageStrides.text(strides)
    }
    return Checkpoint(tensors: tensors, metadata: metadata)
  }
}
