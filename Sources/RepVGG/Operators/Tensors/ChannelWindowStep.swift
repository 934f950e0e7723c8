import Glibc

/// Elements divided by a power of the sum of squares of neighbouring channels.
struct PlannedLocalResponse: PlannedOperation {
  let operation: LocalResponseNormalizationOperation
  let algorithm = "normalization"

  func planned(
    _ reads: [StoredTensor], _ result: StoredTensor, _ kernels: Kernels
  ) throws(RepVGGError) -> PlannedStep {
    PlannedStep(
      kernel: LocalResponseStep(
        source: try ElementGroups(reads[0], axes: [1]),
        result: try ElementGroups(result, axes: [1]),
        padding: PixelPadding(result), operation: operation))
  }
}

/// Reads a tensor, writes one of the same shape.
private struct LocalResponseStep: StepKernel {
  let source: ElementGroups
  let result: ElementGroups
  let padding: PixelPadding
  let operation: LocalResponseNormalizationOperation

  func run(_ frame: Frame) {
    padding.clear(frame.floats(written: 0), frame)
    let channelCount = source.offsets.count
    let (before, after) = ((operation.size - 1) / 2, operation.size / 2)
    let (bias, beta) = (Double(operation.bias), Double(operation.beta))
    let factor = Double(operation.alpha) / Double(operation.size)
    for group in frame.share(of: source.starts.count) {
      let from = frame.floats(read: 0) + Int(source.starts[group])
      let to = frame.floats(written: 0) + Int(result.starts[group])
      for channel in 0..<channelCount {
        var sum = 0.0
        for neighbour in max(0, channel - before)...min(channelCount - 1, channel + after) {
          let value = Double(from[Int(source.offsets[neighbour])])
          sum += value * value
        }
        let value = Double(from[Int(source.offsets[channel])])
        to[Int(result.offsets[channel])] = Float(value / pow(bias + factor * sum, beta))
      }
    }
  }
}

extension LocalResponseNormalizationOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard let input = inputs.first ?? nil, input.elementType.isReal, shape.count > 1 else {
      throw RepVGGError(.unsupported, "plans do not run \(operatorType) of integers")
    }
    return LoweredOperation(
      PlannedLocalResponse(operation: self), reads: [(0, nil)],
      storage: input.storage == .image ? .image : .dense)
  }
}
