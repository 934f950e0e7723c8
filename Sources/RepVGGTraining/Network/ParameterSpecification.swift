/// One tensor of a network's state: its official name and shape, and what training does with it.
package struct ParameterSpecification: Sendable, Hashable {
  /// What training does with a tensor.
  package enum Role: Sendable, Hashable {
    /// Has a gradient.
    case trainable
    /// Is used and stays as it is: the scales of the constant-scale form.
    case constant
    /// Follows the batches: running statistics.
    case statistic
  }

  /// How a fresh network starts the tensor.
  package enum Start: Sendable, Hashable {
    /// The same value everywhere.
    case constant(Double)
    /// Uniform within ±1/√fanIn, PyTorch's default of convolutions and linear layers.
    case uniform(fanIn: Int)
  }

  package var name: String
  package var shape: [Int]
  package var role: Role
  package var start: Start

  /// Elements.
  package var count: Int { shape.reduce(1, *) }

  /// Whether weight decay applies: upstream's groups, by dimensions and name.
  package var decays: Bool { shape.count >= 2 || name.contains("identity.weight") }
}

extension TrainingArchitecture {
  /// The tensors of the state, in network order, without the batch counters.
  package var parameters: [ParameterSpecification] {
    var list = blocks.flatMap { parameters(of: $0) }
    let features = blocks.last?.outputChannels ?? 0
    list += linear("linear", inputs: features, outputs: classCount, trailing: [])
    return list
  }

  /// The batch norms by name, in network order.
  package var batchNorms: [String] {
    blocks.flatMap { block in
      branchNames(block).compactMap { $0.norm }.map { "\(block.name).\($0)" }
    }
  }

  private func parameters(of block: Block) -> [ParameterSpecification] {
    var list: [ParameterSpecification] = []
    for branch in branchNames(block) {
      if let convolution = branch.convolution {
        let inputs = block.inputChannels / block.groups
        list.append(
          ParameterSpecification(
            name: "\(block.name).\(convolution).weight",
            shape: [block.outputChannels, inputs, branch.kernel, branch.kernel], role: .trainable,
            start: .uniform(fanIn: inputs * branch.kernel * branch.kernel)))
      }
      if let scale = branch.scale {
        list.append(
          ParameterSpecification(
            name: "\(block.name).\(scale).weight", shape: [block.outputChannels],
            role: form == .constantScale && branch.kernel > 0 ? .constant : .trainable,
            start: .constant(branch.kernel > 0 ? RepOptimizerScales.start(block) : 1)))
      }
      if let norm = branch.norm {
        list += batchNorm("\(block.name).\(norm)", channels: block.outputChannels)
      }
    }
    if let excitation = block.excitation, let names = excitation.names {
      let (wide, narrow) = (block.outputChannels, excitation.reducedChannels)
      for (module, inputs, outputs) in [
        (names.squeeze, wide, narrow), (names.excite, narrow, wide),
      ] {
        list += linear(
          "\(block.name).\(module)", inputs: inputs, outputs: outputs, trailing: [1, 1])
      }
    }
    return list
  }

  private func batchNorm(_ name: String, channels: Int) -> [ParameterSpecification] {
    func tensor(
      _ suffix: String, _ role: ParameterSpecification.Role, _ value: Double
    ) -> ParameterSpecification {
      ParameterSpecification(
        name: "\(name).\(suffix)", shape: [channels], role: role, start: .constant(value))
    }
    return [
      tensor("weight", .trainable, 1), tensor("bias", .trainable, 0),
      tensor("running_mean", .statistic, 0), tensor("running_var", .statistic, 1),
    ]
  }

  private func linear(
    _ name: String, inputs: Int, outputs: Int, trailing: [Int]
  ) -> [ParameterSpecification] {
    [
      ParameterSpecification(
        name: "\(name).weight", shape: [outputs, inputs] + trailing, role: .trainable,
        start: .uniform(fanIn: inputs)),
      ParameterSpecification(
        name: "\(name).bias", shape: [outputs], role: .trainable, start: .uniform(fanIn: inputs)),
    ]
  }
}
