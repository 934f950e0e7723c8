/// Sum, composition and concatenation of convolutions, as their geometries allow them.
extension ReducedConvolution: LinearValue {
  /// The sum of two convolutions of the same input.
  ///
  /// Each kernel is placed in the sum's so that it reads the same pixels: a 1x1 kernel at the centre of
  /// a 3x3 one (RepVGG, figure 4).
  ///
  /// - Throws: `unsupported` if strides or output sizes differ.
  package consuming func adding(
    _ other: consuming ReducedConvolution
  ) throws(RepVGGError) -> ReducedConvolution {
    let sum = try geometry.adding(other.geometry)
    let addend = other
    if case .diagonal(let left) = storage {
      guard case .diagonal(let right) = addend.storage, sum.kernelSize == 1 else {
        if case .dense = addend.storage { return try addend.adding(self) }
        return placed(in: sum).adding(kernelOf: addend)
      }
      storage = .diagonal(zip(left, right).map { $0 + $1 })
      for channel in bias.indices { bias[channel] += addend.bias[channel] }
      geometry = sum
      return self
    }
    return placed(in: sum).adding(kernelOf: addend)
  }

  /// The channels of this convolution followed by those of another one on the same input.
  ///
  /// - Throws: `unsupported` if they differ in stride or output size.
  package consuming func concatenated(
    with other: consuming ReducedConvolution
  ) throws(RepVGGError) -> ReducedConvolution {
    let joined = try geometry.concatenated(with: other.geometry)
    var kernel = [Double](repeating: 0, count: joined.kernelElementCount)
    add(to: &kernel, joined, firstOutput: 0)
    other.add(to: &kernel, joined, firstOutput: outputChannels)
    return ReducedConvolution(dense: kernel, bias: bias + other.bias, joined)
  }

  // MARK: - Placing

  /// The same function with the kernel, dilation and groups of a sum: zeros where it reads nothing.
  private consuming func placed(in sum: ConvolutionGeometry) -> ReducedConvolution {
    if case .dense = storage, geometry == sum { return self }
    var kernel = [Double](repeating: 0, count: sum.kernelElementCount)
    add(to: &kernel, sum, firstOutput: 0)
    return ReducedConvolution(dense: kernel, bias: bias, sum)
  }

  /// This kernel, which has room for another one, and that.
  private consuming func adding(kernelOf other: ReducedConvolution) -> ReducedConvolution {
    let geometry = geometry
    withKernel { other.add(to: &$0, geometry, firstOutput: 0) }
    for channel in bias.indices { bias[channel] += other.bias[channel] }
    return self
  }

  /// Adds the kernel to that of a larger convolution, which has at most as many groups.
  private func add(
    to kernel: inout [Double], _ target: ConvolutionGeometry, firstOutput: Int
  ) {
    let values = self.kernel
    let (inner, targetInner) = (inputChannelsPerGroup, target.inputChannelsPerGroup)
    let rows = geometry.vertical.placement(in: target.vertical)
    let columns = geometry.horizontal.placement(in: target.horizontal)
    let (height, width) = (kernelSize.height, kernelSize.width)
    let targetWidth = target.kernelSize.width
    let targetArea = target.kernelSize.height * targetWidth
    let outputsPerGroup = outputChannels / groups
    let outputsPerTarget = target.outputChannels / target.groups
    kernel.withUnsafeMutableBufferPointer { kernel in
      values.withUnsafeBufferPointer { values in
        for output in 0..<outputChannels {
          let place = firstOutput + output
          let first = output / outputsPerGroup * inner - place / outputsPerTarget * targetInner
          for input in 0..<inner {
            let source = (output * inner + input) * height * width
            let pixel =
              (place * targetInner + first + input) * targetArea + rows.first * targetWidth
              + columns.first
            for row in 0..<height {
              for column in 0..<width {
                kernel[pixel + row * rows.step * targetWidth + column * columns.step] +=
                  values[source + row * width + column]
              }
            }
          }
        }
      }
    }
  }

  mutating func withKernel(_ body: (inout [Double]) -> Void) {
    switch storage {
    case .dense(var values):
      storage = .dense([])
      body(&values)
      storage = .dense(values)
    case .diagonal(var factors):
      storage = .diagonal([])
      body(&factors)
      storage = .diagonal(factors)
    }
  }
}
