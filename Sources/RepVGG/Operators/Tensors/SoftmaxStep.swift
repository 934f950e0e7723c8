import Glibc

/// Exponentials of the elements along axes, divided by their sum; or the logarithm of that.
struct PlannedSoftmax: PlannedOperation {
  let isLogarithm: Bool
  let axes: [Int]
  let algorithm = "softmax"

  func planned(
    _ reads: [StoredTensor], _ result: StoredTensor, _ kernels: Kernels
  ) throws(RepVGGError) -> PlannedStep {
    PlannedStep(
      kernel: SoftmaxStep(
        isLogarithm: isLogarithm, source: try ElementGroups(reads[0], axes: axes),
        result: try ElementGroups(result, axes: axes)))
  }
}

/// Reads a tensor, writes one of the same shape.
private struct SoftmaxStep: StepKernel {
  let isLogarithm: Bool
  let source: ElementGroups
  let result: ElementGroups

  func run(_ frame: Frame) {
    for group in frame.share(of: source.starts.count) {
      let from = frame.floats(read: 0) + Int(source.starts[group])
      let to = frame.floats(written: 0) + Int(result.starts[group])
      var largest = -Float.infinity
      for offset in source.offsets {
        let value = from[Int(offset)]
        if value > largest || value.isNaN { largest = value }
      }
      var sum = 0.0
      for index in source.offsets.indices {
        let difference = from[Int(source.offsets[index])] - largest
        let exponential = expf(difference)
        sum += Double(exponential)
        to[Int(result.offsets[index])] = isLogarithm ? difference : exponential
      }
      let (factor, shift) = (Float(1 / sum), Float(log(sum)))
      for offset in result.offsets {
        let value = to[Int(offset)]
        to[Int(offset)] = isLogarithm ? value - shift : value * factor
      }
    }
  }
}

extension SoftmaxOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard let input = inputs.first ?? nil, input.elementType.isReal, function != .hardmax else {
      throw RepVGGError(.unsupported, "plans do not run \(operatorType)")
    }
    return LoweredOperation(
      PlannedSoftmax(
        isLogarithm: function != .softmax, axes: try axes(rank: input.shape.count)),
      reads: [(0, nil)], storage: .dense)
  }
}
