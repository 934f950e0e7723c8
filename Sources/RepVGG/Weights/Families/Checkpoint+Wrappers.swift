extension Checkpoint {
  /// The tensors of the model alone, without the names of what training scripts wrap it in.
  ///
  /// A file may hold `{"state_dict": …}`, `{"model": …, "optimizer": …}` or `{"ema": …}`, and
  /// distributed training prefixes every name with `module.`. The first wrapper present is
  /// opened (`state_dict`, `model`, then averaged weights), again and again, until none is left.
  ///
  /// - Parameter group: The wrapper to open first; nil for the first one present.
  /// - Throws: `invalidArgument` where there is no such wrapper.
  package func unwrappedTensors(group: String? = nil) throws(RepVGGError) -> [String: Tensor] {
    var current = tensors
    if let group {
      current = Self.contents(of: group + ".", in: tensors)
      guard !current.isEmpty else {
        throw RepVGGError(.invalidArgument, "has no group '\(group.printable)'")
      }
    }
    while true {
      if let inner = Self.opened(current) { current = inner } else { return current }
    }
  }

  private static func opened(_ tensors: [String: Tensor]) -> [String: Tensor]? {
    guard !tensors.isEmpty else { return nil }
    for wrapper in [
      "state_dict.", "model.", "model_state_dict.", "ema.", "model_ema.",
      "state_dict_ema.", "module.",
    ] {
      let inner = contents(of: wrapper, in: tensors)
      // `module.` prefixes every name; the others may have optimizer state beside them.
      let isWhole = inner.count == tensors.count
      guard !inner.isEmpty, isWhole || wrapper != "module." else { continue }
      return inner
    }
    return nil
  }

  private static func contents(
    of wrapper: String, in tensors: [String: Tensor]
  ) -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: tensors.filter { $0.key.hasPrefix(wrapper) }.map {
        (String($0.key.dropFirst(wrapper.count)), $0.value)
      })
  }
}
