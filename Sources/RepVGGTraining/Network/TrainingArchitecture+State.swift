import RepVGG

extension TrainingArchitecture {
  /// The architecture of a state in official names, by its tensors' names and shapes.
  ///
  /// Widths, groups, gates, classes and the form are in a state; strides are not.
  ///
  /// - Parameters:
  ///   - state: a state dict of any form but a deployed one.
  ///   - strides: of the first block and of every stage's first block; 2 where nil.
  ///   - batchNorm: epsilon and momentum, which are not in a state either.
  /// - Throws: `badData` where the names or shapes are not those of such a network.
  public init(
    state: Checkpoint, strides: [Int]? = nil, batchNorm: BatchNormSettings = BatchNormSettings()
  ) throws {
    let names = state.tensors.keys
    // Scales tell the hyper-search from the plain form.
    let forms: [(Form, BranchNames)] = [.branched, .baseline, .hyperSearch, .plain].compactMap {
      (form: Form) in form.branchNames.first.map { (form, $0) }
    }
    let found = forms.first { _, branch in
      let end = ".\(branch.scale ?? branch.convolution ?? "").weight"
      return names.contains { $0.hasSuffix(end) }
    }
    guard let (form, branch) = found, let convolution = branch.convolution else {
      throw RepVGGError(
        .badData, "holds no RepVGG or RepOpt blocks in training form", file: state.file)
    }
    let suffix = ".\(convolution).weight"
    var positions: [(stage: Int, index: Int, name: String)] = []
    for name in names where name.hasSuffix(suffix) && name.hasPrefix("stage") {
      let parts = name.dropFirst(5).dropLast(suffix.count).split(separator: ".")
      guard let stage = parts.first.flatMap({ Int($0) }), parts.count <= 2,
        let index = parts.count == 2 ? Int(parts[1]) : 0
      else { continue }
      positions.append((stage, index, String(name.dropLast(suffix.count))))
    }
    positions.sort { ($0.stage, $0.index) < ($1.stage, $1.index) }
    var blocks: [Block] = []
    for position in positions {
      let first = position.index == 0
      let stride = strides.map { position.stage < $0.count ? $0[position.stage] : 2 } ?? 2
      blocks.append(
        try Self.block(
          position.name, kernel: position.name + suffix, in: state,
          inputs: blocks.last?.outputChannels, stride: first ? stride : 1, index: position.index))
    }
    guard let classes = state.tensors["linear.weight"]?.shape.first else {
      throw RepVGGError(.badData, "is missing", file: state.file, tensor: "linear.weight")
    }
    self.init(form: form, blocks: blocks, classCount: classes, batchNorm: batchNorm)
    do { try validate() } catch let error as RepVGGError {
      throw RepVGGError(.badData, error.reason, file: state.file)
    }
  }

  private static func block(
    _ name: String, kernel: String, in state: Checkpoint, inputs: Int?, stride: Int, index: Int
  ) throws -> Block {
    guard let shape = state.tensors[kernel]?.shape, shape.count == 4, shape[0] > 0, shape[1] > 0,
      shape[2] == 3, shape[3] == 3, (inputs ?? shape[1]) % shape[1] == 0
    else {
      throw RepVGGError(.badData, "is not a 3x3 kernel that fits", file: state.file, tensor: kernel)
    }
    let inputs = inputs ?? shape[1]
    let placements: [Excitation.Placement] = [.beforeReLU, .afterReLU]
    let excitation = placements.compactMap { placement -> Excitation? in
      let names = Excitation(placement: placement, reducedChannels: 1).names
      return names.flatMap { state.tensors["\(name).\($0.squeeze).bias"] }.map {
        Excitation(placement: placement, reducedChannels: $0.count)
      }
    }.first
    return Block(
      name: name, inputChannels: inputs, outputChannels: shape[0], stride: stride,
      groups: inputs / shape[1], excitation: excitation, indexInStage: index)
  }
}
