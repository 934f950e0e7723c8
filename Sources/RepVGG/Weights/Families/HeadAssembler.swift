/// Finds a file's classifier: one linear layer, with or without batch norms and dropout around it,
/// in one of the modules in which classifiers are stored.
///
/// Batch norms are merged into the linear layer. A layer without tensors leaves a gap in the
/// numbers of a sequence: before the linear layer it is assumed to be dropout, which inference
/// omits. Other layers in a sequence are refused, because the file does not say what is between its
/// layers.
struct HeadAssembler {
  /// The usual modules: RepVGG; torchvision; timm and mmpretrain; Hugging Face and others.
  private static let roots: Set<String> = ["linear", "fc", "head", "classifier"]

  /// Whether a tensor of this name belongs to such a module, or to the family's own.
  static func mayHold(_ name: String, ownName: String) -> Bool {
    root(of: name, ownName: ownName) != nil
  }

  private static func root(of name: String, ownName: String) -> String? {
    let first = String(name.prefix { $0 != "." })
    guard first.utf8.count < name.utf8.count else { return nil }
    return roots.contains(first) || ownName.prefix { $0 != "." } == first ? first : nil
  }

  /// The layers of the module, in the order of the sequence.
  private var layers: [HeadLayer] = []
  /// Tensors that belong to no layer of a known kind.
  private var others: [String] = []
  /// Tensors of modules that are not the classifier.
  private(set) var ignored: [String] = []

  /// Sorts the tensors whose names ``mayHold(_:)`` accepts.
  ///
  /// - Parameters:
  ///   - tensors: By their names in the network.
  ///   - ownName: The family's name for its classifier; other modules are considered if it is
  ///     missing.
  /// - Throws: `unsupported` if several modules are possible.
  init(_ tensors: [String: Tensor], ownName: String) throws(RepVGGError) {
    let modules = Dictionary(grouping: tensors.keys.sorted()) {
      Self.root(of: $0, ownName: ownName) ?? $0
    }
    let candidates = modules.filter { _, names in
      names.contains { (tensors[$0]?.shape.count ?? 0) > 1 }
    }
    let own = String(ownName.prefix { $0 != "." })
    var chosen = modules[own] == nil ? nil : own
    if chosen == nil {
      guard candidates.count <= 1 else {
        throw RepVGGError(
          .unsupported,
          "holds several classifiers (\(NamingProblems.list(Array(candidates.keys)))), and"
            + " nothing says which one is meant: keep only that one in the file")
      }
      chosen = candidates.keys.first ?? modules.keys.min()
    }
    var entries: [String: [String: Tensor]] = [:]
    for (root, names) in modules {
      guard root == chosen else {
        ignored += names
        continue
      }
      for name in names {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let entry = String(parts[parts.count - 1])
        guard HeadLayer.entries.contains(entry) else {
          others.append(name)
          continue
        }
        entries[parts.dropLast().joined(separator: "."), default: [:]][entry] = tensors[name]
      }
    }
    layers = entries.map { HeadLayer(path: $0.key, tensors: $0.value) }
      .sorted { $0.precedes($1) ?? ($0.path < $1.path) }
  }

  /// The classifier of `inputCount` features; nil if the file has none, which makes it a backbone.
  ///
  /// - Throws: `unsupported` if the classifier is or may be more than one linear map, `badData` if
  ///   batch norms hold impossible values.
  mutating func head(
    inputCount: Int, epsilon: Double, problems: inout NamingProblems
  ) throws(RepVGGError) -> Linear? {
    guard !layers.isEmpty || !others.isEmpty else { return nil }
    let linears = layers.filter(\.isLinear)
    if linears.isEmpty, let rest = layers.first(where: { Array($0.tensors.keys) == ["bias"] }) {
      problems.missing.append(rest.path + ".weight")
      return nil
    }
    if let other = layers.first(where: { !$0.isLinear && !$0.isNorm }) {
      throw refusal(
        "'\(other.path.printable)' holds \(other.summary) without running statistics: a LayerNorm or another"
          + " layer that is not linear")
    }
    guard linears.count == 1, let linear = linears.first else {
      throw refusal(
        linears.isEmpty
          ? "\(NamingProblems.list(others + layers.map(\.path))) are not linear layers"
          : "\(NamingProblems.list(linears.map(\.path))) are linear layers, and a file does"
            + " not say which activation stands between them")
    }
    // Buffers of losses and the like, beside a complete classifier.
    ignored += others
    let channels = linear.matrixShape
    guard channels.inputs == inputCount, (1...1_000_000).contains(channels.outputs) else {
      problems.add(shapeOf: linear.weight, "expected [classes, \(inputCount)]")
      return nil
    }
    guard linear.bias.map({ $0.shape == [channels.outputs] }) ?? true else {
      if let bias = linear.bias { problems.add(shapeOf: bias, "expected [\(channels.outputs)]") }
      return nil
    }
    guard layers.count > 1 else { return Linear(weight: linear.weight, bias: linear.bias) }
    let reduced = try LinearExpression.sequence(
      ordered().map { layer throws(RepVGGError) in try layer.expression(epsilon: epsilon) }
    ).reduced(inputChannels: inputCount)
    let (matrix, bias) = try reduced.rounded()
    return Linear(
      weight: Tensor(shape: [channels.outputs, inputCount], elements: matrix),
      bias: Tensor(shape: [channels.outputs], elements: bias))
  }

  /// The layers in the order of computation: by their numbers, or, for one batch norm and the
  /// linear layer under other names, as their widths fit together.
  private func ordered() throws(RepVGGError) -> [HeadLayer] {
    var follows = false
    for (first, second) in zip(layers, layers.dropFirst()) {
      follows = follows || first.isLinear
      guard first.precedes(second) != nil else {
        let linear = first.isLinear ? first : second
        let width = (first.isLinear ? second : first).channels
        let (inputs, outputs) = linear.matrixShape
        guard layers.count == 2, inputs != outputs, width == inputs || width == outputs else {
          throw refusal(
            "nothing says in which order '\(first.path.printable)' and '\(second.path.printable)'"
              + " come")
        }
        return first.isLinear == (width == outputs) ? layers : layers.reversed()
      }
      if follows, first.hasGap(before: second) {
        throw refusal(
          "between '\(first.path.printable)' and '\(second.path.printable)' there is a layer without tensors, which may"
            + " be an activation")
      }
    }
    return layers
  }

  private func refusal(_ reason: String) -> RepVGGError {
    RepVGGError(
      .unsupported,
      "has a classifier that cannot be computed: \(reason). After the pooling there can be one linear"
        + " layer, with batch norms and dropout; a file without the classifier's tensors is read as"
        + " a backbone")
  }
}
