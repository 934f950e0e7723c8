import RepVGG

extension TrainingArchitecture {
  /// A network of the catalogue, or a custom one, to be trained in a form.
  ///
  /// - Throws: `unsupported` for RepVGGplus, whose auxiliary heads are not trained here, and for
  ///   networks that do not consist of RepVGG's blocks alone.
  public init(_ architecture: Architecture, form: Form, classCount: Int? = nil) throws {
    guard architecture.family != .repVGGplus else {
      throw RepVGGError(
        .unsupported, "RepVGGplus cannot be trained: its auxiliary heads are missing")
    }
    guard architecture.family == .official else {
      throw RepVGGError(
        .unsupported,
        "\(architecture.name) cannot be trained: training builds networks of RepVGG's blocks, such as"
          + " RepVGG-A0 or custom-1x16-1x16-2x32-2x48-1x64")
    }
    let blocks = Network(architecture, seed: 0).blocks.map { block in
      Block(
        name: Self.blockName(stage: block.stage, index: block.index),
        inputChannels: block.geometry.inputChannels,
        outputChannels: block.geometry.outputChannels, stride: block.geometry.stride.height,
        groups: block.geometry.groups,
        excitation: block.gate.map { gate in
          Excitation(
            placement: gate.isBeforeReLU ? .beforeReLU : .afterReLU,
            reducedChannels: gate.squeeze.outputCount)
        }, indexInStage: block.index)
    }
    self.init(form: form, blocks: blocks, classCount: classCount ?? architecture.classCount)
    try validate()
  }
}
