import CKernels

/// Convolution of every channel by itself, maybe to several output channels.
///
/// Vectors of channels over rows of pixels; weights are packed in the order in which they are read,
/// `[channels / vector width][tap][vector width]`.
package struct DepthwiseConvolution: ConvolutionAlgorithm {
  package let shape: ConvolutionShape
  package let epilogue: ConvolutionEpilogue
  private let kernels: Kernels
  private let activation: ActivationTask?

  /// Plans the layer.
  ///
  /// - Throws: What the method's ``DepthwiseMethod/check(_:kernels:)`` throws.
  package init(_ layer: ConvolutionLayer, kernels: Kernels) throws(RepVGGError) {
    try DepthwiseMethod().check(layer, kernels: kernels)
    shape = layer.shape
    epilogue = layer.epilogue
    self.kernels = kernels
    activation = layer.epilogue.activation.map { ActivationTask($0) }
  }

  package var name: String { DepthwiseMethod.name }

  package var packedElementCount: Int {
    shape.destination.channels.roundedUp(to: kernels.vectorWidth) * shape.tapCount
  }

  package func scratchElementCount(workerCount: Int) -> Int { 0 }

  package var packing: String { name }

  package func pack(_ kernel: [Float], into packed: UnsafeMutablePointer<Float>) {
    let (vector, taps) = (kernels.vectorWidth, shape.tapCount)
    packed.update(repeating: 0, count: packedElementCount)
    for channel in 0..<shape.destination.channels {
      let base = packed + channel / vector * vector * taps + channel % vector
      for tap in 0..<taps { base[tap * vector] = kernel[channel * taps + tap] }
    }
  }

  package func run(_ operands: ConvolutionOperands) {
    let (source, output) = (shape.source, shape.destination)
    let rows = workerShare(
      output.batch * output.height, worker: operands.worker, count: operands.workerCount)
    output.forEachRun(of: rows) { image, y, count in
      let place = output.offset(image: image, y: y, x: 0)
      var task = rvgk_depthwise_task(
        src: operands.source + image * source.imageStride + shape.sourceOrigin
          + y * shape.stride.height * source.rowStride,
        src_row_stride: source.rowStride, src_pixel_stride: source.pixelStride,
        dst: operands.destination + place, dst_row_stride: output.rowStride,
        dst_pixel_stride: output.pixelStride,
        addend: epilogue.accumulates ? operands.addend + place : nil,
        addend_row_stride: output.rowStride, addend_pixel_stride: output.pixelStride,
        rows: Int32(count), width: Int32(output.width), channels: Int32(output.channels),
        kernel_height: Int32(shape.kernelSize.height),
        kernel_width: Int32(shape.kernelSize.width), stride_y: Int32(shape.stride.height),
        stride_x: Int32(shape.stride.width), dilation_y: Int32(shape.dilation.height),
        dilation_x: Int32(shape.dilation.width),
        multiplier: Int32(output.channels / source.channels), weights: operands.weights,
        bias: operands.bias, activation: activation?.address)
      kernels.table.pointee.depthwise(&task)
    }
  }
}
