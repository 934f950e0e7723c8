/// Which prefixes of a file hold averages over training steps.
struct AveragedRoots {
  private let tensors: Set<TensorName>
  private let prefixes: Set<TensorName>
  private let mmpretrain: Set<TensorName>

  init(_ tensors: NamedTensors, _ roots: [NetworkRoot]) {
    // torch.optim.swa_utils and mmengine store a step count next to the module that they average.
    self.tensors = Set(
      tensors.entries.lazy.map(\.name).filter {
        ["n_averaged", "steps"].contains { [last = $0.lastComponent] in last.elementsEqual($0.utf8)
        }
      })
    prefixes = Set(roots.map(\.prefix))
    mmpretrain = Set(roots.lazy.filter { $0.family?.family == .mmpretrain }.map(\.prefix))
  }

  func contains(_ root: NetworkRoot) -> Bool {
    let parts = root.prefix.components.dropLast().map { String(decoding: $0, as: UTF8.self) }
    // mmengine exchanges the two when it saves, so that `state_dict` is what should be deployed.
    if let index = parts.firstIndex(of: "ema_state_dict") {
      return !isExchanged(parts, at: index)
    }
    if let index = parts.firstIndex(of: "state_dict") {
      for inserted in [["ema_state_dict"], ["ema_state_dict", "module"]] {
        var other = parts
        other.replaceSubrange(index...index, with: inserted)
        if prefixes.contains(Self.name(other)), isExchanged(other, at: index) { return true }
      }
      // So does Lightning's averaging, which stores what it trains under another name.
      var other = parts
      other[index] = "current_model_state"
      if prefixes.contains(Self.name(other)) { return true }
    }
    return parts.contains { Self.saysAveraged($0) }
      || parts.indices.filter { parts[$0] == "module" }.suffix(Self.moduleLimit).contains {
        tensors.contains(Self.name(parts[..<$0], "n_averaged"))
      }
  }

  /// How many nested wrappers called `module` are examined.
  private static let moduleLimit = 4

  /// Whether the averages in `ema_state_dict` were exchanged with the weights in `state_dict`.
  private func isExchanged(_ parts: [String], at index: Int) -> Bool {
    var other = parts
    other[index] = "state_dict"
    if other.indices.contains(index + 1), other[index + 1] == "module" {
      other.remove(at: index + 1)
    }
    guard prefixes.contains(Self.name(other)) else { return false }
    let counter = tensors.contains(Self.name(parts[...index], "n_averaged"))
    return tensors.contains(Self.name(parts[...index], "steps"))
      || !counter && mmpretrain.contains(Self.name(parts))
  }

  private static func name(_ parts: some Sequence<String>, _ last: String = "") -> TensorName {
    TensorName((Array(parts) + [last]).joined(separator: "."))
  }

  /// Whether a component of a name says that what is under it are averages.
  static func saysAveraged(_ part: String) -> Bool {
    part.utf8.split { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }.contains { word in
      ["ema", "swa", "avg", "average", "averaged"].contains {
        $0.utf8.elementsEqual(word.lazy.map { $0 | 0x20 })
      }
    }
  }
}
