/// ``DepthwiseConvolution``, which has no parameters.
package struct DepthwiseMethod: ConvolutionMethod {
  package static let name = "depthwise"
  package static let isExact = true

  package init() {}

  package static func candidates(
    for layer: ConvolutionLayer, on machine: Machine
  ) -> [DepthwiseMethod] { layer.shape.isDepthwise ? [DepthwiseMethod()] : [] }

  /// As many groups as input channels, over pixels of whole channel blocks.
  package func check(_ layer: ConvolutionLayer, kernels: Kernels) throws(RepVGGError) {
    let shape = layer.shape
    guard shape.isDepthwise, !layer.epilogue.addsScaledIdentity else {
      throw RepVGGError(.unsupported, "depthwise convolution needs a group for every channel")
    }
    guard shape.source.storedChannels % kernels.channelBlock == 0,
      shape.destination.storedChannels % kernels.channelBlock == 0
    else {
      throw RepVGGError(.unsupported, "depthwise convolution needs pixels of whole channel blocks")
    }
    try layer.checkAddressable()
  }

  package func work(of layer: ConvolutionLayer, kernels: Kernels) -> LayerWork {
    let shape = layer.shape
    let rows = shape.destination.batch * shape.destination.height
    let share = Double(rows.dividedRoundingUp(by: layer.workerCount))
    let pixels = share * Double(shape.destination.width)
    var work = LayerWork(
      layer, split: .pixels, multiplier: .vectors,
      products: [
        LayerWork.Products(
          multiplyAdds: pixels * Double(shape.destination.storedChannels * shape.tapCount),
          rows: pixels)
      ])
    work.weightByteCount = Double(
      MemoryLayout<Float>.stride * shape.destination.storedChannels * shape.tapCount)
    work.callCount = share
    return work
  }

  package func plan(
    _ layer: ConvolutionLayer, kernels: Kernels
  ) throws(RepVGGError) -> any ConvolutionAlgorithm {
    try DepthwiseConvolution(layer, kernels: kernels)
  }

  // MARK: - Text

  package static let parameters: [MethodParameter<DepthwiseMethod>] = []
  package var kind: String { Self.name }
  package var summary: String { Self.name }
}
