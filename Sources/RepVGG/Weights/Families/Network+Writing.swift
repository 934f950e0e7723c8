extension Network {
  /// The merged network as a checkpoint with the names of the deployed form: MobileOne's under the
  /// names that it was read by, all others under the official ones.
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
  /// - Throws: `invalidArgument` for a network that is not merged, does not consist of blocks in
  ///   stages, or has gates for which the family has no names.
  public func deployedCheckpoint(
    metadata: [String: String] = [:]
  ) throws(RepVGGError) -> Checkpoint {
    let blocks = blocks
    guard isMerged,
      blocks.count == nodes.count(where: { $0.operation.linearExpression != nil })
    else {
      throw RepVGGError(
        .invalidArgument, "only a merged network of stages has a deployed form to write",
        file: origin.file)
    }
    let firstModule = blocksOfFirstModule(blocks)
    let own = CheckpointFamilies.known.all.first {
      $0.family == origin.family && $0.isOfSeveralSizes
    }
    let family = own ?? (firstModule > 0 ? .repVGGplus : .official)
    var tensors: [String: Tensor] = [:]
    for block in blocks {
      var key = BlockKey(stage: block.stage, index: block.index)
      if firstModule > 0, key.stage == 3, key.index >= firstModule {
        key.part = 1
        key.index -= firstModule
      }
      let convolution = block.body.convolutionWithBias
      for (name, tensor) in zip(family.plainNames, [convolution?.kernel, convolution?.bias]) {
        tensors["\(family.blockPrefix(key)).\(name.text)"] = tensor
      }
      guard let gate = block.gate else { continue }
      guard let names = family.gates.first(where: { $0.isBeforeReLU == gate.isBeforeReLU }) else {
        throw RepVGGError(
          .invalidArgument,
          "family \(family.family.rawValue) has no names for gates"
            + (gate.isBeforeReLU ? " before ReLU" : " after ReLU"))
      }
      let channels = block.geometry.outputChannels
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
    let strides = RepVGGDesign(stagesOf: self).strides
    if strides.contains(where: { $0 != 2 }) {
      metadata[StageStrides.metadataKey] = StageStrides.text(strides)
    }
    return Checkpoint(tensors: tensors, metadata: metadata)
  }

  /// Blocks of the first of the two modules of stage 3 in RepVGGplus; 0 in other networks.
  private func blocksOfFirstModule(_ blocks: [Block]) -> Int {
    guard let output = outputs.first(where: { $0.name == "stage3_first" }) else { return 0 }
    return blocks.count { $0.stage == 3 && $0.node.index <= output.node.index }
  }
}
