/// The caller's NCHW images as a bordered NHWC activation of three channels.
struct InputConversionStep: Step {
  let layout: ActivationLayout
  /// Offset in the arena.
  let destination: Int

  func run(_ context: StepContext) {
    let plane = layout.height * layout.width
    let channels = layout.channels
    for row in context.share(of: layout.batch * layout.height) {
      let (image, y) = (row / layout.height, row % layout.height)
      var pixel = context.arena + destination + layout.offset(image: image, y: y, x: 0)
      var source = context.input + image * channels * plane + y * layout.width
      for _ in 0..<layout.width {
        for channel in 0..<channels { pixel[channel] = source[channel * plane] }
        pixel += layout.pixelStride
        source += 1
      }
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

  func run(_ context: StepContext) {
    let plane = layout.height * layout.width
    for row in context.share(of: layout.batch * layout.height) {
      let (image, y) = (row / layout.height, row % layout.height)
      var pixel = UnsafePointer(context.arena) + source + layout.offset(image: image, y: y, x: 0)
      var target =
        context.features + destination + image * layout.channels * plane + y * layout.width
      for _ in 0..<layout.width {
        for channel in 0..<layout.channels { target[channel * plane] = pixel[channel] }
        pixel += layout.pixelStride
        target += 1
      }
    }
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
