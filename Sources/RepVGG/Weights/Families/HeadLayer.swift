/// A layer of a classifier that has tensors.
struct HeadLayer {
  /// The last components of the tensor names that are supported.
  static let entries: Set<String> = ["weight", "bias", "running_mean", "running_var"]

  /// The name of the layer, such as `head.fc` or `linear.1`.
  let path: String
  /// Some of ``entries``, at least one.
  let tensors: [String: Tensor]

  var bias: Tensor? { tensors["bias"] }
  /// Whether the weight is a matrix, or a 1x1 convolution, which is the same after pooling.
  var isLinear: Bool {
    guard let shape = tensors["weight"]?.shape else { return false }
    return shape.count > 1 && shape.dropFirst(2).allSatisfy { $0 == 1 }
  }
  /// Whether the layer is a batch norm, with or without scale and shift.
  var isNorm: Bool {
    (tensors["weight"]?.shape.count ?? 1) == 1 && tensors["running_mean"] != nil
      && tensors["running_var"] != nil
  }
  /// The weight of a linear layer.
  var weight: Tensor { tensors["weight"] ?? Tensor(shape: [0], elements: []) }
  /// Rows and columns of a linear layer's weight.
  var matrixShape: (inputs: Int, outputs: Int) {
    isLinear ? (weight.shape[1], weight.shape[0]) : (0, 0)
  }
  /// Channels of a batch norm.
  var channels: Int { tensors["running_mean"]?.count ?? 0 }
  /// The tensors with their shapes, for messages.
  var summary: String {
    tensors.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.shape)" }
      .joined(separator: " and ")
  }

  /// Whether the layer comes before another one of the same sequence; nil if the names do not say.
  func precedes(_ other: HeadLayer) -> Bool? { numbers(other).map { $0.own < $0.other } }

  /// Whether layers without tensors are between this layer and the next one in a sequence.
  func hasGap(before next: HeadLayer) -> Bool {
    numbers(next).map { $0.other - $0.own > 1 } ?? false
  }

  /// The first components in which the two names differ, if these are numbers.
  private func numbers(_ other: HeadLayer) -> (own: Int, other: Int)? {
    for (own, other) in zip(path.split(separator: "."), other.path.split(separator: "."))
    where own != other {
      guard own.utf8.count < 10, other.utf8.count < 10, let own = Int(own), let other = Int(other),
        own >= 0, other >= 0
      else { return nil }
      return (own, other)
    }
    return nil
  }

  /// What the layer computes from a pooled feature vector.
  func expression(epsilon: Double) throws(RepVGGError) -> LinearExpression {
    guard !isLinear else {
      return .convolution(
        Convolution(
          kernel: Tensor(
            shape: [weight.shape[0], weight.shape[1], 1, 1], source: weight.source,
            name: weight.name),
          bias: bias))
    }
    guard let mean = tensors["running_mean"], let variance = tensors["running_var"] else {
      return .identity
    }
    return .batchNorm(
      BatchNorm(
        gamma: tensors["weight"], beta: bias, mean: mean, variance: variance, epsilon: epsilon))
  }
}
