/// A batch norm of vectors, or of what else is no image: a factor and a summand for every index of the
/// second dimension.
struct PlannedChannelAffine: PlannedOperation {
  let factors: [Float]
  let summands: [Float]
  let algorithm = "pass"

  func planned(
    _ reads: [StoredTensor], _ result: StoredTensor, _ kernels: Kernels
  ) throws(RepVGGError) -> PlannedStep {
    let (factors, summands) = (factors, summands)
    var strides = [Int](repeating: 0, count: result.shape.count)
    strides[1] = 1
    return PlannedStep(
      kernel: ChannelAffineStep(
        loop: StridedLoop(
          shape: result.shape,
          strides: [
            result.strides, reads[0].strides(broadcastTo: result.shape), strides,
          ], starts: [result.offset, reads[0].offset, 0]), padding: PixelPadding(result),
        channelCount: factors.count),
      weightCount: 2 * factors.count
    ) { (memory) throws(RepVGGError) in
      memory.update(from: factors, count: factors.count)
      (memory + factors.count).update(from: summands, count: summands.count)
    }
  }
}

/// Reads a tensor, writes one of the same shape.
private struct ChannelAffineStep: StepKernel {
  let loop: StridedLoop
  let padding: PixelPadding
  let channelCount: Int

  func run(_ frame: Frame) {
    padding.clear(frame.floats(written: 0), frame)
    let (step, sourceStep, channelStep) = (loop.steps[0], loop.steps[1], loop.steps[2])
    loop.forEachPart(frame) { row, elements in
      let first = elements.lowerBound
      let to = frame.floats(written: 0) + loop.start(of: 0, row: row) + first * step
      let from = frame.floats(read: 0) + loop.start(of: 1, row: row) + first * sourceStep
      let factors = frame.floatWeights + loop.start(of: 2, row: row) + first * channelStep
      let summands = factors + channelCount
      for index in 0..<elements.count {
        to[index * step] =
          from[index * sourceStep] * factors[index * channelStep] + summands[index * channelStep]
      }
    }
  }
}

extension BatchNormalizationOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    var statistics: [[Double]] = []
    for input in inputs.dropFirst() {
      guard let constant = input?.constant, constant.count == shape[1],
        let values = try ReferenceTensor(constant).reals
      else {
        throw RepVGGError(.unsupported, "plans run batch norms of constant statistics only")
      }
      statistics.append(values)
    }
    guard statistics.count == 4, inputs[0]?.elementType.isReal == true else {
      throw RepVGGError(.unsupported, "plans run batch norms of constant statistics only")
    }
    let factors = zip(statistics[0], statistics[3]).map {
      $0 / ($1 + Double(epsilon)).squareRoot()
    }
    let summands =
      shape[1] == 0
      ? []
      : factors.indices.map {
        statistics[1][$0] - statistics[2][$0] * factors[$0]
      }
    return LoweredOperation(
      PlannedChannelAffine(
        factors: factors.map { Float($0) }, summands: summands.map { Float($0) }),
      reads: [(0, nil)], storage: .dense)
  }
}
