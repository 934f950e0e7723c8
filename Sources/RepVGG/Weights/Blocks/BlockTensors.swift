/// The tensors of one trained block under upstream's names, and what names do not say.
///
/// A family's function (`DiverseBranchBlock.read` and others) makes a linear expression of them.
package struct BlockTensors {
  /// What all names start with: `stage1.0.`; empty where they are the block's own.
  package let prefix: String
  /// That of all batch norms.
  package var epsilon: Double
  /// Steps down and across.
  package var stride: Size2D
  /// That of the largest kernel; nil for half of it.
  package var padding: Padding?
  /// Number of channel groups; nil for what the tensors show: 1 where they show nothing, as the
  /// merged kernel is then the same for any.
  package var groups: Int?
  private let lookup: (String) -> Tensor?

  /// The tensors whose names start with `prefix`, found by their whole names.
  package init(
    prefix: String = "", epsilon: Double = BatchNorm.defaultEpsilon, stride: Size2D = 1,
    padding: Padding? = nil, groups: Int? = nil,
    lookup: @escaping (String) -> Tensor?
  ) {
    self.prefix = prefix
    self.epsilon = epsilon
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.lookup = lookup
  }

  /// The tensor of a name in the block, if there is one.
  package subscript(_ name: String) -> Tensor? { lookup(prefix + name) }

  /// The tensor of a name in the block.
  ///
  /// - Throws: `badData` if there is none.
  package func tensor(_ name: String) throws(RepVGGError) -> Tensor {
    guard let tensor = self[name] else {
      throw RepVGGError(.badData, "is missing", tensor: prefix + name)
    }
    return tensor
  }

  /// A convolution's kernel.
  ///
  /// - Throws: `badData` if there is none of four dimensions.
  func kernel(_ name: String) throws(RepVGGError) -> Tensor {
    let kernel = try tensor(name)
    guard kernel.shape.count == 4, kernel.shape.allSatisfy({ $0 > 0 }) else {
      throw RepVGGError(
        .badData, "has shape \(kernel.shape), a convolution kernel has four dimensions",
        tensor: kernel.name)
    }
    return kernel
  }

  /// A convolution's kernel of one pixel.
  ///
  /// - Throws: `badData` if there is none of that size.
  func pointwiseKernel(_ name: String) throws(RepVGGError) -> Tensor {
    let kernel = try kernel(name)
    guard kernel.shape[2] == 1, kernel.shape[3] == 1 else {
      throw RepVGGError(
        .badData, "has shape \(kernel.shape), expected a kernel of one pixel", tensor: kernel.name)
    }
    return kernel
  }

  /// The same tensors of a module: its names without `module.`.
  func module(_ name: String) -> BlockTensors {
    BlockTensors(
      prefix: prefix + name + ".", epsilon: epsilon, stride: stride, padding: padding,
      groups: groups, lookup: lookup)
  }

  /// A batch norm; without `weight` and `bias` where it has neither.
  func norm(_ module: String) throws(RepVGGError) -> LinearExpression {
    let names = ["weight", "bias"].map { "\(module).\($0)" }
    let isAffine = names.contains { self[$0] != nil }
    return .batchNorm(
      BatchNorm(
        gamma: isAffine ? try tensor(names[0]) : nil, beta: isAffine ? try tensor(names[1]) : nil,
        mean: try tensor("\(module).running_mean"),
        variance: try tensor("\(module).running_var"), epsilon: epsilon))
  }

  /// A batch norm, if there is any of its tensors.
  func optionalNorm(_ module: String) throws(RepVGGError) -> LinearExpression? {
    hasNorm(module) ? try norm(module) : nil
  }

  /// Whether there is any tensor of a batch norm.
  func hasNorm(_ module: String) -> Bool {
    ["running_mean", "running_var", "weight", "bias"].contains { self["\(module).\($0)"] != nil }
  }

  /// The numbers from 0 for which a module exists: `conv_kxk.0`, `conv_kxk.1`.
  func count(_ name: (Int) -> String) -> Int {
    var count = 0
    while count < Self.branchLimit, self[name(count)] != nil { count += 1 }
    return count
  }

  /// The numbers from 0 for which there is a convolution or the batch norm after it.
  func countBranches(_ list: String) -> Int {
    var count = 0
    while count < Self.branchLimit, hasBranch("\(list).\(count)") { count += 1 }
    return count
  }

  /// Whether there is a convolution or the batch norm after it.
  func hasBranch(_ module: String) -> Bool {
    self["\(module).conv.weight"] != nil || hasNorm("\(module).bn")
  }

  private static let branchLimit = 1024
}

/// A trained block: what it computes, and from how many channels.
package struct ReparameterizableBlock: Sendable {
  /// The block without its activation.
  package let expression: LinearExpression
  package let inputChannels: Int
  /// Whether it is stored as a matrix: a linear layer, of one pixel.
  package let isMatrix: Bool

  /// A block that reads a number of channels.
  package init(expression: LinearExpression, inputChannels: Int, isMatrix: Bool = false) {
    self.expression = expression
    self.inputChannels = inputChannels
    self.isMatrix = isMatrix
  }

  /// The convolution that the block is, in Float64.
  ///
  /// - Throws: What ``LinearExpression/reduced(inputChannels:)`` throws.
  package func reduced() throws(RepVGGError) -> ReducedConvolution {
    try expression.reduced(inputChannels: inputChannels)
  }
}
