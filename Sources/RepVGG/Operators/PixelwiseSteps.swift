/// Calls `body` with the offset of the first pixel of every row of this worker's share and the
/// floats of a row.
@inline(__always)
private func forEachRow(
  of layout: ActivationLayout, _ context: StepContext, _ body: (_ offset: Int, _ count: Int) -> Void
) {
  for row in context.share(of: layout.batch * layout.height) {
    body(
      layout.offset(image: row / layout.height, y: row % layout.height, x: 0),
      layout.width * layout.pixelStride)
  }
}

/// `dst = factor * src + summand` for every channel: a batch norm or a scale as a pass of its own.
struct AffineStep: Step {
  let layout: ActivationLayout
  /// Offsets in the arena; they may be the same.
  let source: Int
  let destination: Int
  /// Offset on the tape of `pixelStride` factors, then as many summands.
  let weights: Int

  func run(_ context: StepContext) {
    let factor = context.weights + weights
    let summand = factor + layout.pixelStride
    let channels = layout.pixelStride
    forEachRow(of: layout, context) { offset, count in
      var source = UnsafePointer(context.arena) + self.source + offset
      var target = context.arena + destination + offset
      for _ in 0..<count / channels {
        for channel in 0..<channels {
          target[channel] = source[channel] * factor[channel] + summand[channel]
        }
        source += channels
        target += channels
      }
    }
  }
}

/// `dst = dst + src`: the sum of two branches as a pass of its own.
struct AddStep: Step {
  let layout: ActivationLayout
  /// Offsets in the arena.
  let source: Int
  let destination: Int

  func run(_ context: StepContext) {
    forEachRow(of: layout, context) { offset, count in
      let source = UnsafePointer(context.arena) + self.source + offset
      let target = context.arena + destination + offset
      for index in 0..<count { target[index] += source[index] }
    }
  }
}

/// `dst = max(0, src)` as a pass of its own.
struct ReLUStep: Step {
  let layout: ActivationLayout
  /// Offsets in the arena; they may be the same.
  let source: Int
  let destination: Int

  func run(_ context: StepContext) {
    forEachRow(of: layout, context) { offset, count in
      let source = UnsafePointer(context.arena) + self.source + offset
      let target = context.arena + destination + offset
      for index in 0..<count { target[index] = max(source[index], 0) }
    }
  }
}

/// `x = x * gate[channel]`, maybe followed by ReLU, in place.
struct GateScaleStep: Step {
  let layout: ActivationLayout
  /// Offset in the arena of the activation.
  let value: Int
  /// Offset in the arena of the gates, `[batch, pixelStride]`.
  let gates: Int
  let appliesReLU: Bool

  func run(_ context: StepContext) {
    let channels = layout.pixelStride
    for row in context.share(of: layout.batch * layout.height) {
      let image = row / layout.height
      let gate = UnsafePointer(context.arena) + gates + image * channels
      var pixel =
        context.arena + value + layout.offset(image: image, y: row % layout.height, x: 0)
      for _ in 0..<layout.width {
        if appliesReLU {
          for channel in 0..<channels { pixel[channel] = max(pixel[channel] * gate[channel], 0) }
        } else {
          for channel in 0..<channels { pixel[channel] *= gate[channel] }
        }
        pixel += channels
      }
    }
  }
}
