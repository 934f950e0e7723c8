import RepVGG

extension TrainingArchitecture {
  /// A network of the catalogue, or a custom one, to be trained in a form.
  ///
  /// - Throws: `unsupported` for RepVGGplus, whose auxiliary heads are not trained here.
  public init(_ architecture: Architecture, form: Form, classCount: Int? = nil) throws {
    guard !architecture.splitsStage3 else {
      throw RepVGGError(
        .unsupported, "RepVGGplus cannot be trained: its auxiliary heads are missing")
    }
    let blocks = architecture.blocks.map { block in
      Block(
        name: Self.blockName(stage: block.stage, index: block.index),
        inputChannels: block.inputChannels, outputChannels: block.outputChannels,
        stride: block.stride, groups: block.groups,
        excitation: architecture.gate.map { gate in
          Excitation(
            placement: gate.placement == .beforeActivation ? .beforeReLU : .afterReLU,
            reducedChannels: block.outputChannels / max(gate.reduction, 1))
        }, indexInStage: block.index)
    }
    self.init(form: form, blocks: blocks, classCount: classCount ?? architecture.classCount)
    try validate()
  }
}
