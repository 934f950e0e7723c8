/// Channels that become pixels of blocks.
package struct DepthToSpaceOperation: RearrangingOperation {
  package static let operatorTypes = ["DepthToSpace"]

  /// Which of the channels are a block: the outermost dimension of them, or the innermost.
  package enum Mode: String, Sendable { case blockFirst = "DCR", channelFirst = "CRD" }

  package var blockSize: Int
  package var mode: Mode

  package init(blockSize: Int, mode: Mode = .blockFirst) {
    self.blockSize = blockSize
    self.mode = mode
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let size = try node.blockSize()
    return node.reading(
      DepthToSpaceOperation(
        blockSize: size, mode: try node.choice("mode", default: Mode.blockFirst)), 1)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    ONNXForm(
      "DepthToSpace",
      attributes: [
        ONNXAttribute("blocksize", .int(Int64(blockSize))),
        ONNXAttribute("mode", .string(mode.rawValue)),
      ], inputs: [.value(0)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard let dimensions = input.dimensions else { return input.with(nil) }
    guard dimensions.count == 4 else { throw invalid("its input has not 4 dimensions") }
    let block = Dimension.fixed(blockSize * blockSize)
    if let channels = dimensions[1].size, channels % (blockSize * blockSize) != 0 {
      throw invalid("\(channels) channels are no multiple of \(blockSize * blockSize)")
    }
    return input.with([
      dimensions[0], .over(dimensions[1], block), .times(dimensions[2], .fixed(blockSize)),
      .times(dimensions[3], .fixed(blockSize)),
    ])
  }

  package func sources(
    of inputs: [ArrangementInput?], shape: [Int]
  ) throws(RepVGGError) -> [Int32] {
    let input = try inputs.required(0, self).shape
    let inner = [input[0], shape[1], input[2], blockSize, input[3], blockSize]
    let strides = ReferenceTensor.strides(of: input)
    let (channel, block) =
      mode == .blockFirst ? (1, shape[1]) : (blockSize * blockSize, 1)
    return StridedRows(
      inner,
      strides: [
        [
          strides[0], channel * strides[1], strides[2], block * blockSize * strides[1],
          strides[3], block * strides[1],
        ]
      ]
    ).sources()
  }
}

extension ONNXOperator {
  /// The side of a square block of pixels.
  func blockSize() throws(RepVGGError) -> Int {
    guard let size = try int("blocksize"), (1...1 << 16).contains(size) else {
      throw invalid("its blocksize is missing or not from 1 to 65536")
    }
    return size
  }
}
