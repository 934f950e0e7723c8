/// Sum, composition and concatenation of convolutions, each exact or refused.
extension ReducedConvolution {
  /// The sum of two convolutions of the same input.
  ///
  /// The smaller kernel is placed in the larger one so that both read the same pixels:
  /// a 1x1 kernel at the centre of a 3x3 one (RepVGG, figure 4).
  ///
  /// - Throws: `unsupported` if strides or output sizes differ.
  package consuming func adding(
    _ other: consuming ReducedConvolution
  ) throws(RepVGGError) -> ReducedConvolution {
    let geometry = try geometry.adding(other.geometry)
    if case .diagonal(let left) = storage {
      guard case .diagonal(let right) = other.storage else { return try other.adding(self) }
      storage = .diagonal(zip(left, right).map { $0 + $1 })
      for channel in bias.indices { bias[channel] += other.bias[channel] }
      return self
    }
    let (common, size) = (geometry.groups, geometry.kernelSize)
    let addend = other
    var total = expanded(groups: common, kernelSize: size)
    if case .diagonal(let factors) = addend.storage {
      total.addDiagonal(factors)
    } else {
      let values = addend.expanded(groups: common, kernelSize: size).kernel
      total.withDenseKernel { kernel in
        for index in kernel.indices { kernel[index] += values[index] }
      }
    }
    for channel in total.bias.indices { total.bias[channel] += addend.bias[channel] }
    return total
  }

  /// This convolution followed by another one, as a single convolution.
  ///
  /// - Throws: `unsupported` if zero padding between the two makes borders inexact, or if a stride
  ///   before a spatial kernel skips pixels.
  package consuming func followed(
    by next: ReducedConvolution
  ) throws(RepVGGError) -> ReducedConvolution {
    let geometry = try geometry.followed(
      by: next.geometry, hasBias: bias.contains { $0 != 0 })
    if case .diagonal(let factors) = next.storage {
      return scaledRows(by: factors, summand: next.bias)
    }
    if case .diagonal(let factors) = storage, factors.allSatisfy({ $0 == 1 }),
      bias.allSatisfy({ $0 == 0 })
    {
      return next
    }
    return composed(with: next, geometry)
  }

  /// The channels of this convolution followed by those of another one on the same input.
  package consuming func concatenated(
    with other: ReducedConvolution
  ) throws(RepVGGError) -> ReducedConvolution {
    let size = try geometry.concatenated(with: other.geometry).kernelSize
    let first = expanded(groups: 1, kernelSize: size)
    let second = other.expanded(groups: 1, kernelSize: size)
    return ReducedConvolution(
      dense: first.kernel + second.kernel, bias: first.bias + second.bias,
      inputChannels: first.inputChannels, kernelSize: size, stride: first.stride,
      padding: first.padding, groups: 1)
  }

  // MARK: - Parts

  private consuming func scaledRows(
    by factors: [Double], summand: [Double]
  ) -> ReducedConvolution {
    let rows = outputChannels
    withDenseOrDiagonalKernel { kernel in
      let length = kernel.count / rows
      for row in 0..<rows {
        let factor = factors[row]
        for index in row * length..<(row + 1) * length { kernel[index] *= factor }
      }
    }
    for row in 0..<rows { bias[row] = bias[row] * factors[row] + summand[row] }
    return self
  }

  private func composed(
    with next: ReducedConvolution, _ geometry: ConvolutionGeometry
  ) -> ReducedConvolution {
    let common = geometry.groups
    let first = expanded(groups: common, kernelSize: kernelSize)
    let second = next.expanded(groups: common, kernelSize: next.kernelSize)
    let (size1, size2) = (first.kernelSize, second.kernelSize)
    let size = geometry.kernelSize
    let inner = first.inputChannelsPerGroup
    let middle = second.inputChannelsPerGroup
    let (kernel1, kernel2) = (first.kernel, second.kernel)
    var kernel = [Double](repeating: 0, count: second.outputChannels * inner * size * size)
    var bias = second.bias
    let outputsPerGroup = second.outputChannels / common
    for output in 0..<second.outputChannels {
      let firstMiddle = output / outputsPerGroup * middle
      for offset in 0..<middle {
        let channel = firstMiddle + offset
        for tap2 in 0..<size2 * size2 {
          let weight = kernel2[(output * middle + offset) * size2 * size2 + tap2]
          guard weight != 0 else { continue }
          bias[output] += weight * first.bias[channel]
          for input in 0..<inner {
            let source = (channel * inner + input) * size1 * size1
            let target =
              (output * inner + input) * size * size + (tap2 / size2) * size + tap2 % size2
            for row in 0..<size1 {
              for column in 0..<size1 {
                kernel[target + row * size + column] +=
                  weight * kernel1[source + row * size1 + column]
              }
            }
          }
        }
      }
    }
    return ReducedConvolution(
      dense: kernel, bias: bias, inputChannels: inputChannels, kernelSize: size,
      stride: geometry.stride, padding: geometry.padding, groups: common)
  }

  /// The same function with fewer groups (zeros off the diagonal blocks) and a larger kernel
  /// (zeros around it).
  private consuming func expanded(groups target: Int, kernelSize size: Int) -> ReducedConvolution {
    if case .dense = storage, target == groups, size == kernelSize { return self }
    let (outputs, inner) = (outputChannels, inputChannelsPerGroup)
    let newInner = inputChannels / target
    let margin = (size - kernelSize) / 2
    let outputsPerGroup = outputs / groups
    let outputsPerTarget = outputs / target
    let old = kernel
    var values = [Double](repeating: 0, count: outputs * newInner * size * size)
    for output in 0..<outputs {
      let firstInput = output / outputsPerGroup * inner - output / outputsPerTarget * newInner
      for input in 0..<inner {
        let source = (output * inner + input) * kernelSize * kernelSize
        let place = (output * newInner + firstInput + input) * size * size
        for row in 0..<kernelSize {
          for column in 0..<kernelSize {
            values[place + (row + margin) * size + column + margin] =
              old[source + row * kernelSize + column]
          }
        }
      }
    }
    return ReducedConvolution(
      dense: values, bias: bias, inputChannels: inputChannels, kernelSize: size, stride: stride,
      padding: padding + margin, groups: target)
  }

  private mutating func addDiagonal(_ factors: [Double]) {
    let (inner, size) = (inputChannelsPerGroup, kernelSize)
    let centre = padding * size + padding
    withDenseKernel { kernel in
      for channel in factors.indices {
        kernel[(channel * inner + channel % inner) * size * size + centre] += factors[channel]
      }
    }
  }

  private mutating func withDenseKernel(_ body: (inout [Double]) -> Void) {
    guard case .dense(var values) = storage else { return }
    storage = .diagonal([])
    body(&values)
    storage = .dense(values)
  }

  private mutating func withDenseOrDiagonalKernel(_ body: (inout [Double]) -> Void) {
    switch storage {
    case .dense: withDenseKernel(body)
    case .diagonal(var factors):
      storage = .dense([])
      body(&factors)
      storage = .diagonal(factors)
    }
  }
}
