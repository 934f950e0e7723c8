/// The tensors of one block, from which a family's description takes what it needs.
///
/// Names are those of modules in PyTorch, without `weight` or `bias`. What is missing, unexpected or
/// misshapen is recorded, and reading goes on: one error can name everything.
package final class BlockReader {
  let shape: BlockShape
  var problems = NamingProblems()
  /// Nil to find out names: every tensor is there, named as in the block.
  private let tensors: [TensorName: Tensor]?
  private let prefix: String
  private let isPlain: Bool
  private let epsilon: Double
  private var isInIdentity = false

  /// The names that were taken, there or not.
  private(set) var taken: Set<TensorName> = []
  /// Those of the identity branch.
  private(set) var identityNames: Set<TensorName> = []
  private(set) var scaleNames: Set<TensorName> = []
  /// The first kernel of the largest size.
  private(set) var kernel: (size: Int, name: TensorName?) = (0, nil)

  /// A reader of a block's tensors by their names in it; `prefix` is what messages add to them.
  init(
    _ tensors: [TensorName: Tensor]?, prefix: String, shape: BlockShape,
    isPlain: Bool, epsilon: Double
  ) {
    self.tensors = tensors
    self.prefix = prefix
    self.shape = shape
    self.isPlain = isPlain
    self.epsilon = epsilon
  }

  /// A reader without tensors, to find out names.
  convenience init(isPlain: Bool = false) {
    let shape = BlockShape(
      stage: 0, index: 0, inputChannels: 1, outputChannels: 1, stride: 1, groups: 1)
    self.init(nil, prefix: "", shape: shape, isPlain: isPlain, epsilon: 0)
  }

  // MARK: - For descriptions

  /// Whether any tensor of a module is there, for branches that not every block has.
  package func contains(_ module: String) -> Bool {
    guard let tensors else { return true }
    let prefix = TensorName(module + ".")
    return tensors.keys.contains { $0.dropping(prefix) != nil }
  }

  /// The single convolution with bias of a deployed block; nil for a trained block.
  package func plain(_ module: String) -> LinearExpression? {
    guard isPlain else { return nil }
    var convolution = stored(module, size: shape.kernelSize)
    convolution.bias = take("\(module).bias", [[shape.outputChannels]])
    return .convolution(convolution)
  }

  /// A convolution without bias, with the block's channels, stride and groups.
  package func convolution(_ module: String, size: Int) -> LinearExpression {
    if size > kernel.size { kernel = (size, TensorName("\(module).weight")) }
    return .convolution(stored(module, size: size))
  }

  /// A batch norm of the output channels.
  package func norm(_ module: String) -> LinearExpression {
    func entry(_ name: String) -> Tensor { take("\(module).\(name)", [[shape.outputChannels]]) }
    return .batchNorm(
      BatchNorm(
        gamma: entry("weight"), beta: entry("bias"), mean: entry("running_mean"),
        variance: entry("running_var"), epsilon: epsilon))
  }

  /// A convolution followed by its batch norm.
  package func convolution(_ module: String, size: Int, norm: String) -> LinearExpression {
    .sequence([convolution(module, size: size), self.norm(norm)])
  }

  /// A factor per output channel.
  package func scale(_ module: String) -> LinearExpression {
    scaleNames.insert(TensorName("\(module).weight"))
    return .scale(take("\(module).weight", [[shape.outputChannels]]))
  }

  /// A branch that only blocks have whose input and output have the same shape; else nil.
  package func identity(_ branch: @autoclosure () -> LinearExpression) -> LinearExpression? {
    isInIdentity = true
    defer { isInIdentity = false }
    return shape.hasIdentity ? branch() : nil
  }

  /// The sum of those branches that the block has.
  package func sum(_ branches: [LinearExpression?]) -> LinearExpression {
    .sum(branches.compactMap(\.self))
  }

  /// The sum of as many convolutions with batch norms as there are, and of an identity branch.
  ///
  /// - Parameters:
  ///   - modules: Of which each may be there: its convolution is `module.conv`, its norm `module.bn`.
  ///     The first must be there; it has the largest kernel.
  ///   - identity: The batch norm of the identity branch.
  ///   - read: What the block computes, from its tensors.
  /// - Returns: What `read` returns; anything if a problem was recorded.
  package func branches(
    of modules: [String], identity: String,
    _ read: (BlockTensors) throws(RepVGGError) -> ReparameterizableBlock
  ) -> LinearExpression {
    let kernelName = TensorName("\(modules[0]).conv.weight")
    let normEntries = ["weight", "bias", "running_mean", "running_var"]
    guard let tensors else {
      kernel = (shape.kernelSize, kernelName)
      identityNames = Set(normEntries.map { TensorName("\(identity).\($0)") })
      taken.formUnion(identityNames)
      for module in modules {
        taken.insert(TensorName("\(module).conv.weight"))
        taken.formUnion(normEntries.map { TensorName("\(module).bn.\($0)") })
      }
      return .identity
    }
    guard tensors[kernelName] != nil else {
      problems.missing.append("\(prefix).\(kernelName.text)")
      taken.formUnion(tensors.keys)
      return .identity
    }
    let hasIdentity = contains(identity)
    if shape.hasIdentity, !hasIdentity { problems.missing.append("\(prefix).\(identity).*") }
    let length = prefix.utf8.count + 1
    let block = BlockTensors(
      prefix: prefix + ".", epsilon: epsilon, stride: Size2D(shape.stride), groups: shape.groups
    ) { [self] name in
      let name = TensorName(bytes: Array(name.utf8)[length...])
      guard let tensor = tensors[name] else { return nil }
      taken.insert(name)
      return tensor
    }
    do throws(RepVGGError) {
      let result = try read(block)
      let geometry = try result.expression.geometry(inputChannels: shape.inputChannels)
      if hasIdentity, !shape.hasIdentity {
        problems.unexpected.append("\(prefix).\(identity).*")
      }
      guard geometry.kernelSize == Size2D(shape.kernelSize),
        geometry.outputChannels == shape.outputChannels
      else {
        problems.add(
          "block '\(prefix.printable)' has a kernel of \(geometry.kernelSize) and"
            + " \(geometry.outputChannels) outputs, its first one has \(shape.kernelSize) and"
            + " \(shape.outputChannels)")
        return .identity
      }
      return result.expression
    } catch {
      problems.add(error, in: prefix)
      taken.formUnion(tensors.keys)
      return .identity
    }
  }

  // MARK: - For families

  func gate(_ gate: CheckpointFamily.Gate) -> SqueezeExcitation {
    let squeezed = max(1, tensors?[TensorName("\(gate.squeeze).weight")]?.shape.first ?? 1)
    func linear(_ module: String, _ rows: Int, _ columns: Int) -> Linear {
      Linear(
        weight: take("\(module).weight", [[rows, columns, 1, 1], [rows, columns]]),
        bias: take("\(module).bias", [[rows]]))
    }
    return SqueezeExcitation(
      isBeforeReLU: gate.isBeforeReLU,
      squeeze: linear(gate.squeeze, squeezed, shape.outputChannels),
      excite: linear(gate.excite, shape.outputChannels, squeezed))
  }

  /// Records what nothing took; next to branches, the deployed form is not unexpected.
  func reportUnexpected(except plainNames: [TensorName]) {
    for (name, tensor) in tensors ?? [:]
    where !taken.contains(name) && (isPlain || !plainNames.contains(name)) {
      problems.unexpected.append(tensor.name)
    }
  }

  private func stored(_ module: String, size: Int) -> Convolution {
    let expected = [shape.outputChannels, shape.inputChannels / shape.groups, size, size]
    return Convolution(
      kernel: take("\(module).weight", [expected]), stride: shape.stride, padding: size / 2,
      groups: shape.groups)
  }

  private func take(_ suffix: String, _ shapes: [[Int]]) -> Tensor {
    let name = TensorName(suffix)
    taken.insert(name)
    if isInIdentity { identityNames.insert(name) }
    guard let tensors else {
      return Tensor(shape: shapes[0], source: ArrayTensorSource(elements: []), name: suffix)
    }
    guard let tensor = tensors[name] else {
      problems.missing.append("\(prefix).\(suffix)")
      return Tensor(shape: [0], elements: [])
    }
    if !shapes.contains(tensor.shape) { problems.add(shapeOf: tensor, "expected \(shapes[0])") }
    return tensor
  }
}
