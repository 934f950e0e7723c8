/// The mean of every channel over the whole image, `[batch, pixelStride]`.
///
/// Rows are summed in Float32 and rows' sums in Float64, so the error does not grow with height.
struct GlobalPoolStep: Step {
  let layout: ActivationLayout
  /// Offset in the arena of the activation.
  let source: Int
  /// Offset in the arena of the means.
  let destination: Int

  func run(_ context: StepContext) {
    let block = ActivationLayout.channelBlock
    let blocks = layout.pixelStride / block
    let scale = 1 / Double(layout.height * layout.width)
    for index in context.share(of: layout.batch * blocks) {
      let (image, first) = (index / blocks, index % blocks * block)
      var total = SIMD16<Double>(repeating: 0)
      for y in 0..<layout.height {
        var pixel =
          UnsafePointer(context.arena) + source + layout.offset(image: image, y: y, x: 0) + first
        var sum = SIMD16<Float>(repeating: 0)
        for _ in 0..<layout.width {
          sum += UnsafeRawPointer(pixel).loadUnaligned(as: SIMD16<Float>.self)
          pixel += layout.pixelStride
        }
        for lane in 0..<block { total[lane] += Double(sum[lane]) }
      }
      let target = context.arena + destination + image * layout.pixelStride + first
      for lane in 0..<block { target[lane] = Float(total[lane] * scale) }
    }
  }
}
