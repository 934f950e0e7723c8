import CKernels

/// The caller's NCHW images as a bordered NHWC activation whose channels are not padded.
struct InputConversionStep: Step {
  let layout: ActivationLayout
  /// Offset in the arena.
  let destination: Int
  var kernels = Kernels.selected

  func run(_ context: StepContext) {
    let plane = layout.height * layout.width
    forEachLayoutRun(layout, context) { image, y, task in
      kernels.table.pointee.planes_to_pixels(
        context.input + image * layout.channels * plane + y * layout.width,
        context.arena + destination + context.destinationShift
          + layout.offset(image: image, y: y, x: 0), task)
    }
  }
}

/// A stage's output as NCHW in the session's feature memory.
struct FeatureStep: Step {
  let layout: ActivationLayout
  /// Offset in the arena.
  let source: Int
  /// Offset in the feature memory.
  let destination: Int
  var kernels = Kernels.selected

  func run(_ context: StepContext) {
    let plane = layout.height * layout.width
    forEachLayoutRun(layout, context) { image, y, task in
      kernels.table.pointee.pixels_to_planes(
        context.arena + source + layout.offset(image: image, y: y, x: 0),
        context.features + destination + image * layout.channels * plane + y * layout.width, task)
    }
  }
}

/// Calls `body` for every run of rows of one image in this worker's share.
@inline(__always)
private func forEachLayoutRun(
  _ layout: ActivationLayout, _ context: StepContext,
  _ body: (_ image: Int, _ y: Int, _ task: UnsafePointer<rvgk_layout_task>) -> Void
) {
  let share = context.share(of: layout.batch * layout.height)
  var row = share.lowerBound
  while row < share.upperBound {
    let (image, y) = row.quotientAndRemainder(dividingBy: layout.height)
    let count = min(share.upperBound - row, layout.height - y)
    var task = rvgk_layout_task(
      plane_stride: layout.height * layout.width, plane_row_stride: layout.width,
      row_stride: layout.rowStride, pixel_stride: layout.pixelStride, rows: Int32(count),
      width: Int32(layout.width), channels: Int32(layout.channels))
    body(image, y, &task)
    row += count
  }
}

/// Zeros around the images of an activation whose memory other values have used.
struct BorderStep: Step {
  let layout: ActivationLayout
  /// Offset in the arena.
  let value: Int
  /// The step that fills the image; it runs behind the border, without a join between.
  let next: any Step

  func run(_ context: StepContext) {
    let rows = layout.height + 2
    for row in context.share(of: layout.batch * rows) {
      let line = context.arena + value + row * layout.rowStride
      if row % rows == 0 || row % rows == rows - 1 {
        line.update(repeating: 0, count: layout.rowStride)
      } else {
        line.update(repeating: 0, count: layout.pixelStride)
        (line + layout.rowStride - layout.pixelStride)
          .update(repeating: 0, count: layout.pixelStride)
      }
    }
    next.run(context)
  }
}
