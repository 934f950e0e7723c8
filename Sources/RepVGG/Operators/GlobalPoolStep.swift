import CKernels

/// The mean of every channel over the whole image, summed in Float64.
///
/// Reads the activation, writes the means.
struct GlobalPoolStep: StepKernel {
  let layout: ActivationLayout
  /// Floats from one image's means to the next.
  let resultPitch: Int
  let kernels: Kernels

  func run(_ frame: Frame) {
    let block = kernels.channelBlock
    let blocks = layout.storedChannels / block
    let share = frame.share(of: layout.batch * blocks)
    var index = share.lowerBound
    while index < share.upperBound {
      let (image, first) = index.quotientAndRemainder(dividingBy: blocks)
      let count = min(share.upperBound - index, blocks - first)
      kernels.table.pointee.global_mean(
        frame.floats(read: 0) + layout.offset(image: image, y: 0, x: 0) + first * block,
        layout.rowStride, layout.pixelStride, Int32(layout.height), Int32(layout.width),
        Int32(count * block),
        frame.floats(written: 0) + image * resultPitch + first * block)
      index += count
    }
  }
}

/// A vector for each image, tightly packed for the caller.
///
/// Reads the vectors, writes the output.
struct VectorOutputStep: StepKernel {
  /// The layout of the vectors.
  let layout: ActivationLayout

  func run(_ frame: Frame) {
    for image in frame.share(of: layout.batch) {
      (frame.floats(written: 0) + image * layout.channels).update(
        from: frame.floats(read: 0) + image * layout.imageStride, count: layout.channels)
    }
  }
}
