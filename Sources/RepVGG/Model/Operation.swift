extension Network {
  /// What a node computes from the results of others.
  ///
  /// An image is `[channels, height, width]`, a vector `[count]`, both for each image of a batch.
  /// What is composite consists of several nodes: squeeze and excitation of a global mean, two dense
  /// layers with their activations, and a gate.
  public enum Operation: Sendable {
    /// What the network is given.
    case input(InputType)
    /// A tensor that does not depend on the input.
    case constant(Tensor)
    /// A linear region: what structural re-parameterization merges into one convolution.
    case linear(LinearExpression)
    /// A function of each element.
    case activation(Activation)
    /// The mean of every channel over the whole image, as a vector.
    case globalMean
    /// A linear map of a vector.
    case dense(Linear)
    /// An image whose channels are multiplied by the elements of a vector: the second input.
    case gate
    /// The sum of all inputs, which have the same shape.
    case add
    /// An operation on whole tensors: pooling, concatenation, a change of shape.
    case tensor(TensorFunction)

    /// The images that the network is given, `[batch, channels, height, width]` of any size.
    public static func input(channels: Int) -> Operation {
      .input(InputType(channels: channels))
    }

    /// The expression of a linear region.
    public var linearExpression: LinearExpression? {
      if case .linear(let expression) = self { expression } else { nil }
    }

    /// Every tensor of the operation.
    public var tensors: [Tensor] {
      switch self {
      case .linear(let expression): expression.tensors
      case .dense(let linear): linear.tensors
      case .constant(let tensor): [tensor]
      case .input, .activation, .globalMean, .gate, .add, .tensor: []
      }
    }
  }
}
