extension ONNXImporter {
  /// A reshape whose target is computed from sizes, with a constant target where that is the same.
  ///
  /// Exporters compute targets from the size of the batch. A size of the data itself is 0 in ONNX,
  /// and one that follows from the others is -1.
  mutating func simplified(
    _ reshape: ReshapeOperation, _ inputs: [Int], _ name: String
  ) throws(RepVGGError) -> (any TensorOperation, [Int]) {
    guard !reshape.allowsZero, let target = facts[inputs[1]].elements,
      case .tensor = nodes[inputs[1]].operation
    else { return (reshape, inputs) }
    let data = facts[inputs[0]].dimensions
    var sizes: [Int64] = []
    for (index, element) in target.enumerated() {
      if let size = element.size {
        sizes.append(Int64(size))
      } else if case .symbol = element, let data, data.indices.contains(index),
        data[index] == element
      {
        sizes.append(0)
      } else {
        sizes.append(-1)
      }
    }
    guard sizes.count(where: { $0 == -1 }) <= 1 else { return (reshape, inputs) }
    let constant = try append(
      name + " shape",
      .constant(Tensor(ReferenceTensor(shape: [sizes.count], integers: sizes), name: "")), [])
    return (reshape, [inputs[0], constant])
  }
}
