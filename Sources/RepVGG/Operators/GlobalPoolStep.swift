import CKernels

/// The mean of every channel over the whole image, `[batch, pixelStride]`, summed in Float64.
struct GlobalPoolStep: Step {
  let layout: ActivationLayout
  /// Offset in the arena of the activation.
  let source: Int
  /// Offset in the arena of the means.
  let destination: Int
  var kernels = Kernels.selected

  func run(_ context: StepContext) {
    let block = ActivationLayout.channelBlock
    let blocks = layout.pixelStride / block
    let share = context.share(of: layout.batch * blocks)
    var index = share.lowerBound
    while index < share.upperBound {
      let (image, first) = index.quotientAndRemainder(dividingBy: blocks)
      let count = min(share.upperBound - index, blocks - first)
      kernels.table.pointee.global_mean(
        context.arena + source + layout.offset(image: image, y: 0, x: 0) + first * block,
        layout.rowStride, layout.pixelStride, Int32(layout.height), Int32(layout.width),
        Int32(count * block),
        context.arena + destination + image * layout.pixelStride + first * block)
      index += count
    }
  }
}

/// The means of a backbone's last stage as the session's output, tightly packed.
struct PooledOutputStep: Step {
  /// The layout of the activation that the means are of.
  let layout: ActivationLayout
  /// Offset in the arena of the means.
  let source: Int

  func run(_ context: StepContext) {
    for image in context.share(of: layout.batch) {
      (context.output + image * layout.channels).update(
        from: context.arena + source + image * layout.pixelStride, count: layout.channels)
    }
  }
}
