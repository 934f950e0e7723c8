import CKernels

/// `dst = activation(src * scale + shift + addend)` over activations of one shape, each with its own
/// layout: the literal operations of the branched form among them.
///
/// Workers split the rows of all images.
private struct PixelPass {
  let source: ActivationLayout
  let destination: ActivationLayout
  let addend: ActivationLayout
  let activation: ActivationTask?
  let kernels: Kernels

  init(
    _ source: ActivationLayout, _ destination: ActivationLayout,
    addend: ActivationLayout? = nil, _ activation: FusedActivation?, kernels: Kernels
  ) {
    self.source = source
    self.destination = destination
    self.addend = addend ?? source
    self.activation = activation.map { ActivationTask($0) }
    self.kernels = kernels
  }

  /// Runs this worker's share; the body completes the task for rows of an image.
  @inline(__always)
  func run(
    _ frame: Frame, _ body: (_ task: inout rvgk_pointwise_task, _ image: Int, _ y: Int) -> Void
  ) {
    source.forEachRun(of: frame.share(of: source.batch * source.height)) { image, y, count in
      var task = rvgk_pointwise_task(
        src: frame.floats(read: 0) + source.offset(image: image, y: y, x: 0),
        src_row_stride: source.rowStride, src_pixel_stride: source.pixelStride,
        dst: frame.floats(written: 0) + destination.offset(image: image, y: y, x: 0),
        dst_row_stride: destination.rowStride, dst_pixel_stride: destination.pixelStride,
        addend: nil, addend_row_stride: addend.rowStride,
        addend_pixel_stride: addend.pixelStride, rows: Int32(count), width: Int32(source.width),
        channels: Int32(source.channels), scale: nil, shift: nil,
        activation: activation?.address)
      body(&task, image, y)
      kernels.table.pointee.pointwise(&task)
    }
  }
}

/// `dst = factor * src + summand` for every channel: a batch norm or a scale as a pass of its own.
///
/// Reads src, writes dst, which may be the same; the weights are `storedChannels` factors, then as
/// many summands.
struct AffineStep: StepKernel {
  private let pass: PixelPass

  init(
    _ source: ActivationLayout, _ destination: ActivationLayout, _ activation: FusedActivation?,
    kernels: Kernels
  ) {
    pass = PixelPass(source, destination, activation, kernels: kernels)
  }

  func run(_ frame: Frame) {
    pass.run(frame) { task, _, _ in
      task.scale = frame.floatWeights
      task.shift = frame.floatWeights + pass.destination.storedChannels
    }
  }
}

/// `dst = a + b`: the sum of two values as a pass of its own.
///
/// Reads a and b; writes dst, which may be either.
struct AddStep: StepKernel {
  private let pass: PixelPass

  init(
    _ source: ActivationLayout, _ addend: ActivationLayout, _ destination: ActivationLayout,
    _ activation: FusedActivation?, kernels: Kernels
  ) {
    pass = PixelPass(source, destination, addend: addend, activation, kernels: kernels)
  }

  func run(_ frame: Frame) {
    pass.run(frame) { task, image, y in
      task.addend =
        UnsafePointer(frame.floats(read: 1)) + pass.addend.offset(image: image, y: y, x: 0)
    }
  }
}

/// `dst = activation(src)` as a pass of its own.
///
/// Reads src, writes dst, which may be the same.
struct ActivationStep: StepKernel {
  private let pass: PixelPass

  init(
    _ source: ActivationLayout, _ destination: ActivationLayout, _ activation: FusedActivation,
    kernels: Kernels
  ) {
    pass = PixelPass(source, destination, activation, kernels: kernels)
  }

  func run(_ frame: Frame) { pass.run(frame) { _, _, _ in } }
}

/// `dst = src * gate[channel]`, maybe followed by an activation.
///
/// Reads src and the gates; writes dst, which may be src.
struct GateScaleStep: StepKernel {
  private let pass: PixelPass
  /// Floats from one image's gates to the next.
  private let factorPitch: Int

  init(
    _ source: ActivationLayout, _ destination: ActivationLayout, factorPitch: Int,
    _ activation: FusedActivation?, kernels: Kernels
  ) {
    pass = PixelPass(source, destination, activation, kernels: kernels)
    self.factorPitch = factorPitch
  }

  func run(_ frame: Frame) {
    pass.run(frame) { task, image, _ in
      task.scale = UnsafePointer(frame.floats(read: 1)) + image * factorPitch
    }
  }
}
