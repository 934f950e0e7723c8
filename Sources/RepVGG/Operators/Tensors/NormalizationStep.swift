/// Groups of elements less their mean, divided by the root of their variance, times factors plus
/// summands that the input may decide; statistics in Float64.
struct PlannedNormalization: PlannedOperation {
  /// Added to the variance, and to its root.
  var epsilon = 0.0
  var rootEpsilon = 0.0
  /// Into how many groups the channels are split; nil leaves them one dimension.
  var channelGroupCount: Int?
  /// The dimensions of a group, channels counted as two where they are split.
  let axes: [Int]
  /// The shapes of factors and summands, which are broadcast to the dimensions.
  var parameterShapes: [[Int]] = []
  let algorithm = "normalization"

  func planned(
    _ reads: [StoredTensor], _ result: StoredTensor, _ kernels: Kernels
  ) throws(RepVGGError) -> PlannedStep {
    let shape = split(result).shape
    func groups(_ tensor: StoredTensor) throws(RepVGGError) -> ElementGroups {
      let (shape, strides) = split(tensor)
      return try ElementGroups(tensor, shape: shape, strides: strides, axes: axes)
    }
    var parameters: [ElementGroups] = []
    for (parameter, own) in zip(reads.dropFirst(), parameterShapes) {
      parameters.append(
        try ElementGroups(
          parameter, shape: shape, strides: StridedRows.broadcastStrides(of: own, to: shape),
          axes: axes))
    }
    return PlannedStep(
      kernel: NormalizationStep(
        source: try groups(reads[0]), result: try groups(result), parameters: parameters,
        padding: PixelPadding(result), epsilon: epsilon, rootEpsilon: rootEpsilon))
  }

  /// Sizes and strides, channels as groups of them.
  private func split(_ tensor: StoredTensor) -> (shape: [Int], strides: [Int]) {
    var (shape, strides) = (tensor.shape, tensor.strides)
    if let count = channelGroupCount {
      let size = shape[1] / count
      shape.replaceSubrange(1...1, with: [count, size])
      strides.replaceSubrange(1...1, with: [strides[1] * size, strides[1]])
    }
    return (shape, strides)
  }
}

/// Reads a tensor, and maybe factors and summands; writes one of the same shape.
private struct NormalizationStep: StepKernel {
  let source: ElementGroups
  let result: ElementGroups
  let parameters: [ElementGroups]
  let padding: PixelPadding
  let epsilon: Double
  let rootEpsilon: Double

  func run(_ frame: Frame) {
    padding.clear(frame.floats(written: 0), frame)
    let count = Double(source.offsets.count)
    for group in frame.share(of: source.starts.count) {
      let from = frame.floats(read: 0) + Int(source.starts[group])
      let to = frame.floats(written: 0) + Int(result.starts[group])
      let mean = source.offsets.reduce(0) { $0 + Double(from[Int($1)]) } / count
      let variance =
        source.offsets.reduce(0) {
          let difference = Double(from[Int($1)]) - mean
          return $0 + difference * difference
        } / count
      let factor = 1 / ((variance + epsilon).squareRoot() + rootEpsilon)
      for place in source.offsets.indices {
        var value = (Double(from[Int(source.offsets[place])]) - mean) * factor
        for (index, parameter) in parameters.enumerated() {
          let number = Double(
            frame.floats(read: index + 1)[
              Int(parameter.starts[group]) + Int(parameter.offsets[place])])
          value = index == 0 ? value * number : value + number
        }
        to[Int(result.offsets[place])] = Float(value)
      }
    }
  }
}

extension TensorOperation {
  /// A normalization of the first input, by the others as factors and summands.
  fileprivate func normalized(
    _ operation: PlannedNormalization, _ inputs: [LoweredInput?]
  ) throws(RepVGGError) -> LoweredOperation {
    guard let input = inputs.first ?? nil, inputs.allSatisfy({ $0?.elementType.isReal ?? true })
    else {
      throw RepVGGError(.unsupported, "plans do not run \(operatorType) of integers")
    }
    return LoweredOperation(
      operation,
      reads: inputs.indices.filter { inputs[$0] != nil }.map { ($0, $0 == 0 ? nil : .dense) },
      storage: input.storage == .image ? .image : .dense)
  }
}

extension LayerNormalizationOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard output == .elements, let rank = inputs.first??.shape.count else {
      throw RepVGGError(.unsupported, "plans do not give the statistics of \(operatorType)")
    }
    return try normalized(
      PlannedNormalization(
        epsilon: Double(epsilon), axes: Array((axis < 0 ? axis + rank : axis)..<rank),
        parameterShapes: inputs.dropFirst().compactMap { $0?.shape }), inputs)
  }
}

extension InstanceNormalizationOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard shape.count > 2, inputs.count == 3,
      inputs.dropFirst().allSatisfy({ $0?.shape == [shape[1]] })
    else {
      throw RepVGGError(.badData, "has no factor and summand for each of the channels of \(shape)")
    }
    let own = [shape[1]] + shape.dropFirst(2).map { _ in 1 }
    return try normalized(
      PlannedNormalization(
        epsilon: Double(epsilon), axes: Array(2..<shape.count), parameterShapes: [own, own]), inputs
    )
  }
}

extension GroupNormalizationOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard shape.count > 1, shape[1] > 0, groupCount > 0, shape[1] % groupCount == 0,
      inputs.count == 3,
      inputs.dropFirst().allSatisfy({ $0?.shape == [scalesGroups ? groupCount : shape[1]] })
    else {
      throw RepVGGError(.badData, "has no factor and summand for each of the channels of \(shape)")
    }
    let own =
      [groupCount, scalesGroups ? 1 : shape[1] / groupCount] + shape.dropFirst(2).map { _ in 1 }
    return try normalized(
      PlannedNormalization(
        epsilon: Double(epsilon), channelGroupCount: groupCount, axes: Array(2...shape.count),
        parameterShapes: [own, own]), inputs)
  }
}

extension MeanVarianceNormalizationOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    try normalized(
      // The constant of ONNX's definition.
      PlannedNormalization(
        rootEpsilon: 1e-9, axes: try normalized(axes, rank: shape.count)), inputs)
  }
}
