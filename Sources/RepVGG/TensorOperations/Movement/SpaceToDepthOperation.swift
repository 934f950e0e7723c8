/// Pixels of blocks that become channels: the pixel is the outermost dimension of them.
package struct SpaceToDepthOperation: RearrangingOperation {
  package static let operatorTypes = ["SpaceToDepth"]

  package var blockSize: Int

  package init(blockSize: Int) { self.blockSize = blockSize }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    node.reading(SpaceToDepthOperation(blockSize: try node.blockSize()), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "SpaceToDepth", attributes: [ONNXAttribute("blocksize", .int(Int64(blockSize)))],
      inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard let dimensions = input.dimensions else { return input.with(nil) }
    guard dimensions.count == 4 else { throw invalid("its input has not 4 dimensions") }
    let size = Dimension.fixed(blockSize)
    for axis in 2...3 {
      if let pixels = dimensions[axis].size, pixels % blockSize != 0 {
        throw invalid("\(pixels) pixels are no multiple of \(blockSize)")
      }
    }
    return input.with([
      dimensions[0], .times(dimensions[1], .times(size, size)), .over(dimensions[2], size),
      .over(dimensions[3], size),
    ])
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let input = try inputs.required(0, self).shape
    let strides = ReferenceTensor.strides(of: input)
    return StridedRows(
      [input[0], blockSize, blockSize, input[1], shape[2], shape[3]],
      strides: [
        [
          strides[0], strides[2], strides[3], strides[1], blockSize * strides[2],
          blockSize * strides[3],
        ]
      ]
    ).sources()
  }
}
