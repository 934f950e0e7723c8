/// ``Im2ColConvolution``, which has no parameters.
package struct Im2ColMethod: ConvolutionMethod {
  package static let name = "im2col"
  package static let isExact = true
  /// A process that nobody asks for OpenBLAS does without it where it can.
  package static let isOffered = false

  package init() {}

  package static func candidates(
    for layer: ConvolutionLayer, on machine: Machine
  ) -> [Im2ColMethod] { [Im2ColMethod()] }

  package func check(_ layer: ConvolutionLayer, kernels: Kernels) throws(RepVGGError) {
    try layer.checkAddressable()
  }

  package func work(of layer: ConvolutionLayer, kernels: Kernels) -> LayerWork {
    let shape = layer.shape
    let taps = Double(shape.tapCount * shape.inputChannelsPerGroup)
    let pixels =
      Double(shape.destination.batch * shape.destination.height * shape.destination.width)
      / Double(layer.workerCount)
    var work = LayerWork(
      layer, split: .pixels, multiplier: .sgemm,
      products: [
        LayerWork.Products(
          multiplyAdds: pixels * taps * Double(shape.destination.storedChannels), rows: pixels)
      ])
    // Each patch is read and written; its weights are within what sgemm reaches.
    work.patchByteCount = 8 * pixels * taps * Double(shape.groups)
    return work
  }

  package func plan(
    _ layer: ConvolutionLayer, kernels: Kernels
  ) throws(RepVGGError) -> any ConvolutionAlgorithm {
    try Im2ColConvolution(layer, kernels: kernels)
  }

  // MARK: - Text

  package static let parameters: [MethodParameter<Im2ColMethod>] = []
  package var kind: String { Self.name }
  package var summary: String { Self.name }
}
