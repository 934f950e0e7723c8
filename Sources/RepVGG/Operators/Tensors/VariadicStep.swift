/// The largest or smallest element, the sum or the mean of any number of tensors that are broadcast.
struct PlannedVariadic: PlannedOperation {
  let function: VariadicOperation.Function
  let algorithm = "elementwise"

  func planned(
    _ reads: [StoredTensor], _ result: StoredTensor, _ kernels: Kernels
  ) throws(RepVGGError) -> PlannedStep {
    PlannedStep(
      kernel: VariadicStep(
        loop: StridedLoop(result, reads), padding: PixelPadding(result), function: function,
        count: reads.count))
  }
}

/// Reads tensors, writes the result.
private struct VariadicStep: StepKernel {
  let loop: StridedLoop
  let padding: PixelPadding
  let function: VariadicOperation.Function
  let count: Int

  func run(_ frame: Frame) {
    padding.clear(frame.floats(written: 0), frame)
    switch function {
    // Not a number if either is.
    case .maximum: run(frame, scale: 1) { $0.isNaN || $0 > $1 ? $0 : $1 }
    case .minimum: run(frame, scale: 1) { $0.isNaN || $0 < $1 ? $0 : $1 }
    case .sum: run(frame, scale: 1) { $0 + $1 }
    case .mean: run(frame, scale: 1 / Float(count)) { $0 + $1 }
    }
  }

  @inline(__always)
  private func run(_ frame: Frame, scale: Float, _ function: (Float, Float) -> Float) {
    let step = loop.steps[0]
    loop.forEachPart(frame) { row, elements in
      let first = elements.lowerBound
      let to = frame.floats(written: 0) + loop.start(of: 0, row: row) + first * step
      for operand in 0..<count {
        let sourceStep = loop.steps[operand + 1]
        let from =
          frame.floats(read: operand) + loop.start(of: operand + 1, row: row) + first * sourceStep
        for index in 0..<elements.count {
          let value = from[index * sourceStep]
          to[index * step] = operand == 0 ? value : function(to[index * step], value)
        }
      }
      guard scale != 1 else { return }
      for index in 0..<elements.count { to[index * step] *= scale }
    }
  }
}
