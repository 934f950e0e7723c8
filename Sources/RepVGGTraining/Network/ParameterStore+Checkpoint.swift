import RepVGG

extension ParameterStore {
  /// The state under its official names, with the batch counters.
  package func checkpoint(metadata: [String: String] = [:]) -> Checkpoint {
    var tensors: [String: Tensor] = [:]
    for entry in entries {
      let shape = entry.specification.shape
      tensors[entry.name] = Tensor(
        shape: shape,
        source: ScalarTensorSource(elements: load(values.base + entry.offset, shape)))
    }
    for (name, count) in batchCounts {
      tensors["\(name).num_batches_tracked"] = Tensor(
        shape: [], source: IntegerTensorSource(elements: [Int64(count)]))
    }
    return Checkpoint(tensors: tensors, metadata: metadata)
  }

  /// Loads a state; every tensor must be there in its shape, and no other.
  ///
  /// Batch counters may be missing. `prefix` is what the names in the checkpoint begin with.
  ///
  /// - Throws: `badData` with the tensor that is missing, misshapen, not finite or unknown.
  package func load(_ checkpoint: Checkpoint, prefix: String = "") throws {
    let file = checkpoint.file
    for entry in entries {
      let name = prefix + entry.name
      guard let tensor = checkpoint.tensors[name] else {
        throw RepVGGError(.badData, "is missing", file: file, tensor: name)
      }
      guard tensor.shape == entry.specification.shape else {
        throw RepVGGError(
          .badData, "has shape \(tensor.shape), not \(entry.specification.shape)", file: file,
          tensor: name)
      }
    }
    let counters = Set(batchCounts.keys.map { "\($0).num_batches_tracked" })
    let unknown = checkpoint.tensors.keys.filter { $0.hasPrefix(prefix) }
      .map { String($0.dropFirst(prefix.count)) }
      .filter { entry($0) == nil && !counters.contains($0) }
    if let unknown = unknown.min() {
      throw RepVGGError(
        .badData, "is not part of this network", file: file, tensor: prefix + unknown)
    }
    for entry in entries {
      let elements = try scalars(checkpoint, prefix + entry.name)
      store(elements, at: values.base + entry.offset, entry.specification.shape)
    }
    for name in batchCounts.keys {
      let tensor = checkpoint.tensors["\(prefix)\(name).num_batches_tracked"]
      guard let tensor, tensor.count == 1, let count = try tensor.doubles().first else { continue }
      batchCounts[name] = Int(exactly: count) ?? 0
    }
  }

  /// A tensor's elements, which must be finite.
  private func scalars(_ checkpoint: Checkpoint, _ name: String) throws -> [Scalar] {
    let elements = try checkpoint.tensors[name]?.scalars(as: Scalar.self) ?? []
    guard elements.allSatisfy(\.isFinite) else {
      throw RepVGGError(
        .badData, "holds a value that is not finite", file: checkpoint.file, tensor: name)
    }
    return elements
  }
}

extension Tensor {
  /// The elements in the type of a training run.
  package func scalars<Scalar: TrainingScalar>(
    as type: Scalar.Type
  ) throws(RepVGGError) -> [Scalar] {
    try doubles().map { Scalar($0) }
  }
}

/// Elements of a training run, in memory.
package struct ScalarTensorSource<Scalar: TrainingScalar>: TensorSource {
  package let elements: [Scalar]
  package init(elements: [Scalar]) { self.elements = elements }
  package var elementType: ElementType { Scalar.self == Double.self ? .float64 : .float32 }
  package func floats(count: Int) -> [Float] { elements.map { Float($0) } }
  package func doubles(count: Int) -> [Double] { elements.map { Double($0) } }
}

/// Whole numbers in memory, exact up to 53 bits.
package struct IntegerTensorSource: TensorSource {
  package let elements: [Int64]
  package var elementType: ElementType { .int64 }
  package func floats(count: Int) -> [Float] { elements.map { Float($0) } }
  package func doubles(count: Int) -> [Double] { elements.map { Double($0) } }
}
