import CKernels

/// The mean of every channel over the whole image, `[batch, pixelStride]`, summed in Float64.
///
/// Reads the activation, writes the means.
struct GlobalPoolStep: StepKernel {
  let layout: ActivationLayout
  let kernels: Kernels

  func run(_ frame: Frame) {
    let block = ActivationLayout.channelBlock
    let blocks = layout.pixelStride / block
    let share = frame.share(of: layout.batch * blocks)
    var index = share.lowerBound
    while index < share.upperBound {
      let (image, first) = index.quotientAndRemainder(dividingBy: blocks)
      let count = min(share.upperBound - index, blocks - first)
      kernels.table.pointee.global_mean(
        frame.reads[0] + layout.offset(image: image, y: 0, x: 0) + first * block,
        layout.rowStride, layout.pixelStride, Int32(layout.height), Int32(layout.width),
        Int32(count * block),
        frame.writes[0] + image * layout.pixelStride + first * block)
      index += count
    }
  }
}

/// The means of a backbone's last stage as the session's output, tightly packed.
///
/// Reads the means, writes the output.
struct PooledOutputStep: StepKernel {
  /// The layout of the activation that the means are of.
  let layout: ActivationLayout

  func run(_ frame: Frame) {
    for image in frame.share(of: layout.batch) {
      (frame.writes[0] + image * layout.channels).update(
        from: frame.reads[0] + image * layout.pixelStride, count: layout.channels)
    }
  }
}
