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
    _ context: StepContext, _ body: (_ image: Int, _ offset: Int, _ rowCount: Int) -> Void
  ) {
    let share = context.share(of: layout.batch * layout.height)
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
      src: source, src_row_stride: layout.rowStride, dst: destination,
      dst_row_stride: layout.rowStride, pixel_stride: layout.pixelStride, rows: Int32(rowCount),
      width: Int32(layout.width), channels: Int32(layout.pixelStride), scale: scale, shift: shift,
      addend: addend, relu_before: 0, relu_after: appliesReLU ? 1 : 0)
    kernels.table.pointee.pointwise(&task)
  }
}

/// `dst = factor * src + summand` for every channel: a batch norm or a scale as a pass of its own.
struct AffineStep: Step {
  private let pass: PixelPass
  private let source: Int
  private let destination: Int
  private let weights: Int

  /// A pass between two places in the arena, which may be the same.
  ///
  /// `weights` is the offset on the tape of `pixelStride` factors, then as many summands.
  init(
    layout: ActivationLayout, source: Int, destination: Int, weights: Int,
    kernels: Kernels = .selected
  ) {
    pass = PixelPass(layout: layout, kernels: kernels)
    self.source = source
    self.destination = destination
    self.weights = weights
  }

  func run(_ context: StepContext) {
    let factor = context.weights + weights
    pass.forEachRun(context) { _, offset, rowCount in
      pass.apply(
        source: context.arena + source + offset, destination: context.arena + destination + offset,
        rowCount: rowCount, scale: factor, shift: factor + pass.layout.pixelStride)
    }
  }
}

/// `dst = dst + src`: the sum of two branches as a pass of its own.
struct AddStep: Step {
  private let pass: PixelPass
  private let source: Int
  private let destination: Int

  init(
    layout: ActivationLayout, source: Int, destination: Int, kernels: Kernels = .selected
  ) {
    pass = PixelPass(layout: layout, kernels: kernels)
    self.source = source
    self.destination = destination
  }

  func run(_ context: StepContext) {
    pass.forEachRun(context) { _, offset, rowCount in
      let target = context.arena + destination + offset
      pass.apply(
        source: target, destination: target, rowCount: rowCount,
        addend: context.arena + source + offset)
    }
  }
}

/// `dst = max(0, src)` as a pass of its own.
struct ReLUStep: Step {
  private let pass: PixelPass
  private let source: Int
  private let destination: Int

  init(
    layout: ActivationLayout, source: Int, destination: Int, kernels: Kernels = .selected
  ) {
    pass = PixelPass(layout: layout, kernels: kernels)
    self.source = source
    self.destination = destination
  }

  func run(_ context: StepContext) {
    pass.forEachRun(context) { _, offset, rowCount in
      pass.apply(
        source: context.arena + source + offset, destination: context.arena + destination + offset,
        rowCount: rowCount, appliesReLU: true)
    }
  }
}

/// `x = x * gate[channel]`, maybe followed by ReLU, in place.
struct GateScaleStep: Step {
  private let pass: PixelPass
  private let value: Int
  private let gates: Int
  private let appliesReLU: Bool

  /// A pass over the activation at `value` with the gates `[batch, pixelStride]` at `gates`.
  init(
    layout: ActivationLayout, value: Int, gates: Int, appliesReLU: Bool,
    kernels: Kernels = .selected
  ) {
    pass = PixelPass(layout: layout, kernels: kernels)
    self.value = value
    self.gates = gates
    self.appliesReLU = appliesReLU
  }

  func run(_ context: StepContext) {
    pass.forEachRun(context) { image, offset, rowCount in
      let target = context.arena + value + offset
      pass.apply(
        source: target, destination: target, rowCount: rowCount,
        scale: context.arena + gates + image * pass.layout.pixelStride, appliesReLU: appliesReLU)
    }
  }
}
