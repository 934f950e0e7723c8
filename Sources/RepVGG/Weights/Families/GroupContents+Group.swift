extension GroupContents {
  /// The group's description for users.
  func group(name: String, isAveraged: Bool) -> Checkpoint.Group {
    let ofNetwork =
      blocks.values.flatMap(\.self).map { ($0.value, Self.isStatistic($0.key)) }
      + head.values.map { ($0, false) }
    let all = ofNetwork.map(\.0) + unused
    func sum(_ values: some Sequence<Int>) -> Int {
      // Any number of tensors may share elements of a file.
      values.reduce(0) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 }
    }
    return Checkpoint.Group(
      name: name, isAveraged: isAveraged, tensorCount: all.count,
      parameterCount: sum(ofNetwork.lazy.filter { !$0.1 }.map { $0.0.count }),
      byteCount: sum(
        all.lazy.map {
          let (bytes, isTooLarge) = $0.count.multipliedReportingOverflow(
            by: $0.elementType.byteCount)
          return isTooLarge ? .max : bytes
        }))
  }

  /// Whether a tensor of a block is not trained.
  private static func isStatistic(_ name: TensorName) -> Bool {
    name.droppingLast(".running_mean") != nil || name.droppingLast(".running_var") != nil
  }

  /// The names of tensors that are not used, except those of ``head``.
  ///
  /// Every batch norm has a `num_batches_tracked`, which is not worth reporting.
  var ignoredNames: [String] {
    (Array(outside.values) + unused + beside).map(\.name).filter {
      TensorName($0).droppingLast("num_batches_tracked") == nil
    }
  }

  /// A matrix outside the network that could be applied to its pooled features.
  func matrix(inputCount: Int) -> Tensor? {
    outside.filter { $0.value.shape.count == 2 && $0.value.shape[1] == inputCount }
      .min { $0.key < $1.key }?.value
  }

  /// The mean that a preprocessor in or outside the network subtracts from pixels, and the deviation
  /// by which it divides them.
  ///
  /// - Parameter channels: The channels of the images.
  /// - Returns: nil if there is none, or if there are several that differ.
  func normalization(channels: Int) -> Network.Normalization? {
    var pairs: [TensorName: (mean: Tensor?, deviation: Tensor?)] = [:]
    for tensor in Array(outside.values) + beside where tensor.count == channels {
      let name = TensorName(tensor.name)
      if let parent = name.droppingLast("mean") {
        pairs[parent, default: (nil, nil)].mean = tensor
      } else if let parent = name.droppingLast("std") {
        pairs[parent, default: (nil, nil)].deviation = tensor
      }
    }
    let found = Set(
      pairs.values.compactMap { pair -> Network.Normalization? in
        guard let mean = try? pair.mean?.doubles(), let deviation = try? pair.deviation?.doubles(),
          (mean + deviation).allSatisfy(\.isFinite), deviation.allSatisfy({ $0 > 0 })
        else { return nil }
        return Network.Normalization(mean: mean, deviation: deviation)
      })
    return found.count == 1 ? found.first : nil
  }
}
