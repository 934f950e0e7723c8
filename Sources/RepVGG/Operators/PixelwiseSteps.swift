import CKernels

/// Passes over an activation, the literal operations of the branched form among them.
///
/// Workers split the rows of all images.
private struct PixelPass {
  let layout: ActivationLayout
  let kernels: Kernels

  /// Calls the kernel for every run of rows of one image in this worker's share.
  @inline(__always)
  func forEachRun(
    _ frame: Frame, _ body: (_ image: Int, _ offset: Int, _ rowCount: Int) -> Void
  ) {
    let share = frame.share(of: layout.batch * layout.height)
    var row = share.lowerBound
    while row < share.upperBound {
      let (image, y) = row.quotientAndRemainder(dividingBy: layout.height)
      let count = min(share.upperBound - row, layout.height - y)
      body(image, layout.offset(image: image, y: y, x: 0), count)
      row += count
    }
  }

  /// `dst = after(src * scale + shift + addend)` for some rows.
  @inline(__always)
  func apply(
    source: UnsafePointer<Float>, destination: UnsafeMutablePointer<Float>, rowCount: Int,
    scale: UnsafePointer<Float>? = nil, shift: UnsafePointer<Float>? = nil,
    addend: UnsafePointer<Float>? = nil, appliesReLU: Bool = false
  ) {
    var task = rvgk_pointwise_task(
      src: source, src_row_stride: layout.rowStride, src_pixel_stride: layout.pixelStride,
      dst: destination, dst_row_stride: layout.rowStride, dst_pixel_stride: layout.pixelStride,
      addend: addend, addend_row_stride: layout.rowStride,
      addend_pixel_stride: layout.pixelStride, rows: Int32(rowCount),
      width: Int32(layout.width), channels: Int32(layout.pixelStride), scale: scale, shift: shift,
      activation: appliesReLU ? rvgk_relu() : nil)
    kernels.table.pointee.pointwise(&task)
  }
}

/// `dst = factor * src + summand` for every channel: a batch norm or a scale as a pass of its own.
///
/// Reads src, writes dst, which may be the same; the weights are `pixelStride` factors, then as many
/// summands.
struct AffineStep: StepKernel {
  private let pass: PixelPass

  init(layout: ActivationLayout, kernels: Kernels) {
    pass = PixelPass(layout: layout, kernels: kernels)
  }

  func run(_ frame: Frame) {
    pass.forEachRun(frame) { _, offset, rowCount in
      pass.apply(
        source: frame.floats(read: 0) + offset, destination: frame.floats(written: 0) + offset,
        rowCount: rowCount, scale: frame.floatWeights,
        shift: frame.floatWeights + pass.layout.pixelStride)
    }
  }
}

/// `dst = a + b`: the sum of two values as a pass of its own.
///
/// Reads a and b; writes dst, which may be either.
struct AddStep: StepKernel {
  private let pass: PixelPass

  init(layout: ActivationLayout, kernels: Kernels) {
    pass = PixelPass(layout: layout, kernels: kernels)
  }

  func run(_ frame: Frame) {
    pass.forEachRun(frame) { _, offset, rowCount in
      pass.apply(
        source: frame.floats(read: 0) + offset, destination: frame.floats(written: 0) + offset,
        rowCount: rowCount, addend: frame.floats(read: 1) + offset)
    }
  }
}

/// `dst = activation(src)` as a pass of its own.
///
/// Reads src, writes dst, which may be the same.
struct ActivationStep: StepKernel {
  private let pass: PixelPass
  private let activation: Network.Activation

  init(layout: ActivationLayout, _ activation: Network.Activation, kernels: Kernels) {
    pass = PixelPass(layout: layout, kernels: kernels)
    self.activation = activation
  }

  func run(_ frame: Frame) {
    pass.forEachRun(frame) { _, offset, rowCount in
      let (source, target) = (frame.floats(read: 0) + offset, frame.floats(written: 0) + offset)
      if activation == .relu {
        pass.apply(source: source, destination: target, rowCount: rowCount, appliesReLU: true)
      } else {
        apply(source, target, rowCount)
      }
    }
  }

  /// One element at a time; what follows a pixel's channels stays zero.
  private func apply(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ rowCount: Int
  ) {
    let layout = pass.layout
    for row in 0..<rowCount {
      for pixel in 0..<layout.width {
        let start = row * layout.rowStride + pixel * layout.pixelStride
        for channel in 0..<layout.pixelStride {
          target[start + channel] =
            channel < layout.channels ? activation(source[start + channel]) : 0
        }
      }
    }
  }
}

/// `dst = src * gate[channel]`, maybe followed by ReLU.
///
/// Reads src and the gates, `[batch, pixelStride]`; writes dst, which may be src.
struct GateScaleStep: StepKernel {
  private let pass: PixelPass
  private let appliesReLU: Bool

  init(layout: ActivationLayout, appliesReLU: Bool, kernels: Kernels) {
    pass = PixelPass(layout: layout, kernels: kernels)
    self.appliesReLU = appliesReLU
  }

  func run(_ frame: Frame) {
    pass.forEachRun(frame) { image, offset, rowCount in
      pass.apply(
        source: frame.floats(read: 0) + offset, destination: frame.floats(written: 0) + offset,
        rowCount: rowCount, scale: frame.floats(read: 1) + image * pass.layout.pixelStride,
        appliesReLU: appliesReLU)
    }
  }
}
