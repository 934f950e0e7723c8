/// Exact sizes of a network in one form.
public struct NetworkCounts: Sendable, Hashable {
  /// Trained parameters: weights, biases, batch-norm scales and shifts, gates, head.
  public let parameters: Int
  /// Batch-norm buffers: running means, variances and one counter each; 0 for `plain`.
  public let buffers: Int
  /// Multiply-accumulates of convolutions, gates and head for one image.
  public let multiplyAccumulates: Int
  /// Elements that the convolutions put out for one image.
  public let convolutionOutputs: Int
}

extension Architecture {
  /// Height and width behind every stage for an input; strides round up.
  ///
  /// - Parameters:
  ///   - height: Input height in pixels.
  ///   - width: Input width in pixels.
  /// - Returns: The size behind each stage, the stem first.
  public func stageSizes(height: Int, width: Int) -> [(height: Int, width: Int)] {
    var size = (height: height, width: width)
    return stages.map { _ in
      size = ((size.height + 1) / 2, (size.width + 1) / 2)
      return size
    }
  }

  /// Exact parameter and multiplication counts of RepVGG's branched or plain form.
  ///
  /// `branched` counts the 3x3, the 1x1 and the identity branch with their batch norms (the
  /// training graph); `folded` has the branches' convolutions with one bias each.
  ///
  /// - Parameters:
  ///   - form: The form to count.
  ///   - height: Input height in pixels.
  ///   - width: Input width in pixels.
  /// - Returns: Parameters, buffers, multiplications and outputs.
  public func counts(form: Form, height: Int, width: Int) -> NetworkCounts {
    let sizes = stageSizes(height: height, width: width)
    var parameters = 0
    var buffers = 0
    var operations = 0
    var outputs = 0
    for block in blocks {
      let output = block.outputChannels
      let pixels = sizes[block.stage].height * sizes[block.stage].width
      let pointwise = output * (block.inputChannels / block.groups)
      let identity = block.hasIdentity
      switch form {
      case .plain:
        parameters += 9 * pointwise + output
        operations += 9 * pointwise * pixels
        outputs += output * pixels
      case .folded:
        parameters += 10 * pointwise + output + (identity ? output : 0)
        operations += 10 * pointwise * pixels
        outputs += output * pixels
      case .branched:
        let norms = identity ? 3 : 2
        parameters += 10 * pointwise + norms * 2 * output
        buffers += norms * (2 * output + 1)
        operations += 10 * pointwise * pixels
        outputs += 2 * output * pixels
      }
      if let gate {
        let squeezed = output / gate.reduction
        parameters += 2 * squeezed * output + squeezed + output
        operations += 2 * squeezed * output
      }
    }
    parameters += (featureChannels + 1) * classCount
    operations += featureChannels * classCount
    return NetworkCounts(
      parameters: parameters, buffers: buffers, multiplyAccumulates: operations,
      convolutionOutputs: outputs)
  }
}
