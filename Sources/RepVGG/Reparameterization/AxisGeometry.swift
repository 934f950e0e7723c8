/// What a convolution reads along one axis of its input.
///
/// Output `p` is computed from the inputs `stride * p - before + dilation * i`, `i` in `0..<kernel`.
package struct AxisGeometry: Sendable, Hashable {
  /// Pixels of the kernel.
  var kernel = 1
  var stride = 1
  /// Distance of the kernel's pixels; 1 for a kernel of one pixel.
  var dilation = 1
  /// Zeros before the first pixel; negative where pixels are cut off.
  var before = 0
  /// Zeros after the last pixel; negative where pixels are cut off.
  var after = 0

  /// Pixels from the first that the kernel reads to the last.
  var span: Int { (kernel - 1) * dilation + 1 }

  /// What padding adds to the pixels that have an output, less what the kernel takes away.
  private var growth: Int { before + after - span }

  /// The number of outputs for a number of pixels; nil where there is none.
  func outputCount(_ count: Int) -> Int? {
    let (last, overflow) = count.addingReportingOverflow(growth)
    return overflow || last < 0 ? nil : last / stride + 1
  }

  // MARK: - The rules of merging

  /// The sum of two convolutions that read the same pixels: every pixel that either reads.
  ///
  /// - Throws: `unsupported` if strides or numbers of outputs differ.
  func adding(_ other: AxisGeometry) throws(RepVGGError) -> AxisGeometry {
    guard stride == other.stride else {
      throw RepVGGError(
        .unsupported, "branches of stride \(stride) and \(other.stride) are no single convolution")
    }
    guard growth == other.growth else {
      throw RepVGGError(
        .unsupported,
        "branches of kernel \(span), padding \(before + after) and kernel \(other.span), padding"
          + " \(other.before + other.after) differ in output size")
    }
    let first = max(before, other.before)
    let last = max(span - before, other.span - other.before)
    return AxisGeometry(
      span: first + last, grid: [step, other.step, before - other.before], stride: stride,
      before: first, growth: growth)
  }

  /// This convolution followed by another one, where nothing is padded between them.
  func followed(by next: AxisGeometry) -> AxisGeometry {
    AxisGeometry(
      span: span + stride * (next.span - 1), grid: [step, stride * next.step],
      stride: stride * next.stride, before: before + stride * next.before,
      growth: growth + stride * (next.growth + 1))
  }

  /// Whether the outputs that `padding` would add before the first and after the last one are
  /// computed from padding only: then they are what the convolution gives for zero.
  func isZeroOutside(before padding: Int, after afterPadding: Int) -> Bool {
    (padding <= 0 || before >= span - stride) && (afterPadding <= 0 || after >= span - 1)
  }

  /// Where this convolution's pixels are in the kernel of a larger one: the first, and the distance.
  func placement(in sum: AxisGeometry) -> (first: Int, step: Int) {
    ((sum.before - before) / sum.dilation, max(1, step / sum.dilation))
  }

  /// Distance of the kernel's pixels, 0 for a single pixel.
  var step: Int { kernel > 1 ? dilation : 0 }

  init(kernel: Int = 1, stride: Int = 1, dilation: Int = 1, before: Int = 0, after: Int = 0) {
    self.kernel = kernel
    self.stride = stride
    self.dilation = kernel > 1 ? dilation : 1
    self.before = before
    self.after = after
  }

  /// The kernel that reads `span` pixels at the distances of a grid.
  private init(span: Int, grid: [Int], stride: Int, before: Int, growth: Int) {
    let dilation = max(1, grid.reduce(0) { $0.greatestCommonDivisor($1) })
    self.init(
      kernel: (span - 1) / dilation + 1, stride: stride, dilation: dilation, before: before,
      after: growth + span - before)
  }
}

extension AxisGeometry {
  /// What a kernel reads down the rows.
  static func vertical(
    _ kernel: Size2D, stride: Size2D, dilation: Size2D, padding: Padding
  ) -> AxisGeometry {
    AxisGeometry(
      kernel: kernel.height, stride: stride.height, dilation: dilation.height,
      before: padding.top, after: padding.bottom)
  }

  /// What a kernel reads across the columns.
  static func horizontal(
    _ kernel: Size2D, stride: Size2D, dilation: Size2D, padding: Padding
  ) -> AxisGeometry {
    AxisGeometry(
      kernel: kernel.width, stride: stride.width, dilation: dilation.width,
      before: padding.left, after: padding.right)
  }
}

extension Int {
  /// The largest number that divides both, not negative; 0 for two zeros.
  func greatestCommonDivisor(_ other: Int) -> Int {
    var (a, b) = (magnitude, other.magnitude)
    while b != 0 { (a, b) = (b, a % b) }
    return Int(a)
  }
}
