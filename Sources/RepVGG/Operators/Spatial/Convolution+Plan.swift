/// Convolutions of images whose size or channels were not known when the network was read.
///
/// All others are linear expressions already.
extension ConvolutionOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard let input = inputs.first ?? nil, input.elementType.isReal, shape.count == 4,
      inputs.count > 1, let kernel = inputs[1]?.constant, kernel.shape.count == 4
    else {
      throw RepVGGError(.unsupported, "plans run convolutions of images by constant kernels only")
    }
    var bias: Tensor?
    if inputs.count > 2, let given = inputs[2] {
      guard let constant = given.constant, constant.count == shape[1] else {
        throw RepVGGError(.unsupported, "plans run convolutions with constant biases only")
      }
      bias = constant
    }
    let window = try window.complete(rank: 2, kernel: Array(kernel.shape[2...]), for: self)
    let rows = try window.outputs(of: input.shape[2], axis: 0, roundsUp: false, for: self)
    let columns = try window.outputs(of: input.shape[3], axis: 1, roundsUp: false, for: self)
    let expression = LinearExpression.convolution(
      Convolution(
        kernel: kernel, bias: bias,
        stride: Size2D(height: window.strides[0], width: window.strides[1]),
        padding: Padding(
          top: rows.before, left: columns.before, bottom: rows.after, right: columns.after),
        dilation: Size2D(height: window.dilations[0], width: window.dilations[1]),
        groups: groupCount))
    let geometry = try expression.geometry(inputChannels: input.shape[1])
    return LoweredOperation(
      kind: geometry.isDiagonal
        ? .affine(expression, nil)
        : .convolution(PlanGraph.Convolution(expression: expression, geometry: geometry)),
      reads: [(0, .image)], storage: .image)
  }
}
