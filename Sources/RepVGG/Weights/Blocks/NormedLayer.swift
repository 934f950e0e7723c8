/// A convolution or linear layer next to a batch norm, in either order.
package enum NormedLayer {
  /// A layer and the batch norm after it.
  package static func read(
    _ block: BlockTensors, layer: String, norm: String
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let (convolution, channels, isMatrix) = try read(block, layer)
    return ReparameterizableBlock(
      expression: .sequence([convolution, try block.norm(norm)]), inputChannels: channels,
      isMatrix: isMatrix)
  }

  /// The batch norm before a linear layer, where nothing is padded.
  package static func read(
    _ block: BlockTensors, norm: String, layer: String
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let (convolution, channels, isMatrix) = try read(block, layer)
    return ReparameterizableBlock(
      expression: .sequence([try block.norm(norm), convolution]), inputChannels: channels,
      isMatrix: isMatrix)
  }

  /// Two classifiers, one of them trained by distillation, of which the mean is computed; with a batch
  /// norm before each.
  package static func readMean(
    _ block: BlockTensors, _ modules: [String]
  ) throws(RepVGGError) -> ReparameterizableBlock {
    var branches: [LinearExpression] = []
    var channels: Int?
    for module in modules {
      let part = try read(block, norm: "\(module).bn", layer: "\(module).l")
      branches.append(part.expression)
      guard channels ?? part.inputChannels == part.inputChannels, part.isMatrix else {
        throw RepVGGError(
          .badData, "is not a matrix of \(channels ?? 0) columns",
          tensor: "\(block.prefix)\(module).l.weight")
      }
      channels = part.inputChannels
    }
    let share = Tensor(shape: [1], elements: [1 / Float(max(1, modules.count))])
    return ReparameterizableBlock(
      expression: .sequence([.sum(branches), .scale(share)]), inputChannels: channels ?? 0,
      isMatrix: true)
  }

  /// A layer as a convolution: a matrix is a kernel of one pixel.
  static func read(
    _ block: BlockTensors, _ layer: String
  ) throws(RepVGGError) -> (LinearExpression, channels: Int, isMatrix: Bool) {
    let (weight, bias) = (try block.tensor("\(layer).weight"), block["\(layer).bias"])
    guard weight.shape.count == 2, weight.shape.allSatisfy({ $0 > 0 }) else {
      let kernel = try block.kernel("\(layer).weight")
      let layout = try BlockLayout(block, kernel)
      return (try layout.convolution(kernel, bias: bias), layout.inputChannels, false)
    }
    let kernel = weight.reshaped(weight.shape + [1, 1])
    return (.convolution(Convolution(kernel: kernel, bias: bias)), weight.shape[1], true)
  }
}
