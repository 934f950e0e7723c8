import RepVGG

extension Optimizer {
  /// The buffers, under PyTorch's names for them.
  private var buffers: [(name: String, buffer: ScalarBuffer<Scalar>)] {
    switch settings {
    case .sgd: first.map { [("momentum_buffer", $0)] } ?? []
    case .adamW:
      [("exp_avg", first), ("exp_avg_sq", second)].compactMap { name, buffer in
        buffer.map { (name, $0) }
      }
    }
  }

  /// What the optimizer remembers, by tensor: `momentum_buffer.<name>` and the like, and `step`.
  package func state(prefix: String) -> [String: Tensor] {
    var tensors = [
      "\(prefix)step": Tensor(
        shape: [], source: IntegerTensorSource(elements: [Int64(stepCount)]))
    ]
    for (name, buffer) in buffers {
      for entry in network.store.trainable {
        let shape = entry.specification.shape
        tensors["\(prefix)\(name).\(entry.name)"] = Tensor(
          shape: shape,
          source: ScalarTensorSource(
            elements: network.store.load(buffer.base + entry.offset, shape)))
      }
    }
    return tensors
  }

  /// Loads what ``state(prefix:)`` returned.
  ///
  /// - Throws: `badData` with the tensor that is missing, misshapen or not finite.
  package func load(_ checkpoint: Checkpoint, prefix: String) throws {
    func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
      guard let tensor = checkpoint.tensors[name], tensor.shape == shape else {
        throw RepVGGError(
          .badData, "is missing or not of shape \(shape)", file: checkpoint.file, tensor: name)
      }
      return tensor
    }
    let step = try tensor("\(prefix)step", []).doubles().first
    guard let step, let count = Int(exactly: step), count >= 0 else {
      throw RepVGGError(
        .badData, "is not a number of steps", file: checkpoint.file, tensor: "\(prefix)step")
    }
    for (name, buffer) in buffers {
      for entry in network.store.trainable {
        let name = "\(prefix)\(name).\(entry.name)"
        let values = try tensor(name, entry.specification.shape).scalars(as: Scalar.self)
        guard values.allSatisfy(\.isFinite) else {
          throw RepVGGError(
            .badData, "holds a value that is not finite", file: checkpoint.file, tensor: name)
        }
        network.store.store(values, at: buffer.base + entry.offset, entry.specification.shape)
      }
    }
    stepCount = count
  }
}
