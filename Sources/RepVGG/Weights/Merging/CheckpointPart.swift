/// The tensors of one network in a file: all, or those of one of the dictionaries that were saved in it.
struct CheckpointPart {
  /// What the names start with; empty, or ending in a dot.
  let prefix: TensorName
  let entries: [NamedTensors.Entry]
  let leftOutCount: Int

  /// - Throws: `badData` if nothing says which of several dictionaries is meant, `invalidArgument` for a
  ///   group that does not exist.
  init(
    _ checkpoint: Checkpoint, _ all: [NamedTensors.Entry], options: MergingOptions
  ) throws(RepVGGError) {
    var prefix = TensorName("")
    if let group = options.group {
      prefix = TensorName(group.isEmpty ? "" : group + ".")
      guard all.contains(where: { $0.name.dropping(prefix) != nil }) else {
        throw RepVGGError(
          .invalidArgument,
          "has no group '\(group.printable)'; it has \(Self.list(checkpoint.states))")
      }
    } else {
      let states = checkpoint.states
      let averaged = states.filter { path in
        TensorName(path).components.contains {
          AveragedRoots.saysAveraged(String(decoding: $0, as: UTF8.self))
        }
      }
      let choice = averaged.isEmpty ? states : averaged
      guard choice.count <= 1 else {
        throw RepVGGError(
          .badData,
          "holds \(states.count) networks, \(Self.list(states)), and nothing says which one is"
            + " meant: choose a group by its name (--group NAME)")
      }
      prefix = TensorName(choice.first.map { $0.isEmpty ? "" : $0 + "." } ?? "")
    }
    self.prefix = prefix
    entries =
      prefix.bytes.isEmpty ? all : all.filter { $0.name.dropping(prefix) != nil }
    leftOutCount = all.count - entries.count
  }

  private static func list(_ names: [String]) -> String {
    NamingProblems.list(names.map { $0.isEmpty ? "'' (the top of the file)" : "'\($0)'" })
  }
}
