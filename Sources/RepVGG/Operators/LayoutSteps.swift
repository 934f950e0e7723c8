import CKernels

/// The caller's NCHW images as a bordered NHWC activation, whose padded channels get zeros.
///
/// Reads the images, writes the activation.
struct InputConversionStep: StepKernel {
  let layout: ActivationLayout
  let kernels: Kernels

  func run(_ frame: Frame) {
    let plane = layout.height * layout.width
    forEachLayoutRun(layout, frame) { image, y, task in
      kernels.table.pointee.planes_to_pixels(
        frame.floats(read: 0) + image * layout.channels * plane + y * layout.width,
        frame.floats(written: 0) + layout.offset(image: image, y: y, x: 0), task)
      guard layout.storedChannels > layout.channels else { return }
      for row in y..<y + Int(task.pointee.rows) {
        for x in 0..<layout.width {
          (frame.floats(written: 0) + layout.offset(image: image, y: row, x: x) + layout.channels)
            .update(repeating: 0, count: layout.storedChannels - layout.channels)
        }
      }
    }
  }
}

/// An activation as NCHW, for the caller.
///
/// Reads the activation, writes the output.
struct FeatureStep: StepKernel {
  let layout: ActivationLayout
  let kernels: Kernels

  func run(_ frame: Frame) {
    let plane = layout.height * layout.width
    forEachLayoutRun(layout, frame) { image, y, task in
      kernels.table.pointee.pixels_to_planes(
        frame.floats(read: 0) + layout.offset(image: image, y: y, x: 0),
        frame.floats(written: 0) + image * layout.channels * plane + y * layout.width, task)
    }
  }
}

/// Calls `body` for every run of rows of one image in this worker's share.
@inline(__always)
private func forEachLayoutRun(
  _ layout: ActivationLayout, _ frame: Frame,
  _ body: (_ image: Int, _ y: Int, _ task: UnsafePointer<rvgk_layout_task>) -> Void
) {
  layout.forEachRun(of: frame.share(of: layout.batch * layout.height)) { image, y, count in
    var task = rvgk_layout_task(
      plane_stride: layout.height * layout.width, plane_row_stride: layout.width,
      row_stride: layout.rowStride, pixel_stride: layout.pixelStride, rows: Int32(count),
      width: Int32(layout.width), channels: Int32(layout.channels))
    body(image, y, &task)
  }
}

/// Zeros around the images of an activation whose memory other values have used.
struct BorderStep: StepKernel {
  let layout: ActivationLayout
  /// Which of the values that the step writes, and how far inside of the activation it starts.
  let index: Int
  let byteOffset: Int
  /// What fills the image; it runs after the border, without a join between.
  let next: any StepKernel

  func run(_ frame: Frame) {
    clear(frame)
    next.run(frame)
  }

  /// Zeros this worker's share of the border.
  func clear(_ frame: Frame) {
    let rows = layout.height + 2 * layout.border
    let side = layout.border * layout.pixelStride
    for row in frame.share(of: layout.batch * rows) {
      let line =
        frame.floats(written: index) - byteOffset / MemoryLayout<Float>.stride
        + row * layout.rowStride
      if (layout.border..<rows - layout.border).contains(row % rows) {
        line.update(repeating: 0, count: side)
        (line + layout.rowStride - side).update(repeating: 0, count: side)
      } else {
        line.update(repeating: 0, count: layout.rowStride)
      }
    }
  }
}

/// The channels of an activation among those of a larger one.
///
/// Reads the activation, writes the larger one.
struct CopyChannelsStep: StepKernel {
  let source: ActivationLayout
  let destination: ActivationLayout
  /// The first of the destination's channels.
  let firstChannel: Int
  /// Whether what is left of the destination's pixels gets zeros.
  let isLast: Bool

  func run(_ frame: Frame) {
    let padding = isLast ? destination.storedChannels - firstChannel - source.channels : 0
    for row in frame.share(of: source.batch * source.height) {
      let (image, y) = row.quotientAndRemainder(dividingBy: source.height)
      var from = frame.floats(read: 0) + source.offset(image: image, y: y, x: 0)
      var to =
        frame.floats(written: 0) + destination.offset(image: image, y: y, x: 0) + firstChannel
      for _ in 0..<source.width {
        to.update(from: from, count: source.channels)
        if padding > 0 { (to + source.channels).update(repeating: 0, count: padding) }
        from += source.pixelStride
        to += destination.pixelStride
      }
    }
  }
}
