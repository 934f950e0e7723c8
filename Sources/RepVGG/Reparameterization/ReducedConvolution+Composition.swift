/// One convolution after another, as a single one.
extension ReducedConvolution {
  /// This convolution followed by another one, as a single convolution.
  ///
  /// Whether biases allow padding between the two is not asked here.
  ///
  /// - Throws: `unsupported` if padding between the two makes borders inexact.
  package consuming func followed(
    by next: consuming ReducedConvolution, padsWithImageOfZero: Bool
  ) throws(RepVGGError) -> ReducedConvolution {
    let geometry = try geometry.followed(
      by: next.geometry, hasBias: false, padsWithImageOfZero: padsWithImageOfZero)
    if case .diagonal(let factors) = next.storage {
      var scaled = scaledRows(by: factors, summand: next.bias)
      scaled.geometry = geometry
      return scaled
    }
    if case .diagonal(let factors) = storage {
      var scaled = next
      scaled.scaleColumns(by: factors, summand: bias)
      scaled.geometry = geometry
      return scaled
    }
    return composed(with: next, geometry)
  }

  private consuming func scaledRows(
    by factors: [Double], summand: [Double]
  ) -> ReducedConvolution {
    let rows = outputChannels
    withKernel { kernel in
      let length = kernel.count / rows
      for row in 0..<rows {
        let factor = factors[row]
        for index in row * length..<(row + 1) * length { kernel[index] *= factor }
      }
    }
    for row in 0..<rows { bias[row] = bias[row] * factors[row] + summand[row] }
    return self
  }

  /// Lets every input channel be multiplied and added to before.
  private mutating func scaleColumns(by factors: [Double], summand: [Double]) {
    guard !(factors.allSatisfy { $0 == 1 } && summand.allSatisfy { $0 == 0 }) else { return }
    let (outputs, inner) = (outputChannels, inputChannelsPerGroup)
    let (area, outputsPerGroup) = (kernelSize.height * kernelSize.width, outputs / groups)
    var bias = bias
    withKernel { kernel in
      for output in 0..<outputs {
        for input in 0..<inner {
          let channel = output / outputsPerGroup * inner + input
          let first = (output * inner + input) * area
          for index in first..<first + area {
            bias[output] += kernel[index] * summand[channel]
            kernel[index] *= factors[channel]
          }
        }
      }
    }
    self.bias = bias
  }

  private func composed(
    with next: ReducedConvolution, _ geometry: ConvolutionGeometry
  ) -> ReducedConvolution {
    let (inner, middle) = (inputChannelsPerGroup, next.inputChannelsPerGroup)
    let targetInner = geometry.inputChannelsPerGroup
    let (size1, size2) = (kernelSize, next.kernelSize)
    let width = geometry.kernelSize.width
    let area = geometry.kernelSize.height * width
    // A pixel of the second kernel is as far as the first one's stride.
    let rows = geometry.vertical.steps(vertical, next.geometry.vertical)
    let columns = geometry.horizontal.steps(self.geometry.horizontal, next.geometry.horizontal)
    let middlesPerGroup = outputChannels / groups
    let outputsPerNext = next.outputChannels / next.groups
    let outputsPerTarget = next.outputChannels / geometry.groups
    let (kernel1, kernel2) = (self.kernel, next.kernel)
    var kernel = [Double](repeating: 0, count: geometry.kernelElementCount)
    var bias = next.bias
    kernel.withUnsafeMutableBufferPointer { kernel in
      kernel1.withUnsafeBufferPointer { kernel1 in
        for output in 0..<next.outputChannels {
          for offset in 0..<middle {
            let channel = output / outputsPerNext * middle + offset
            let firstInput =
              channel / middlesPerGroup * inner - output / outputsPerTarget * targetInner
            for tap2 in 0..<size2.height * size2.width {
              let weight = kernel2[(output * middle + offset) * size2.height * size2.width + tap2]
              guard weight != 0 else { continue }
              bias[output] += weight * self.bias[channel]
              let place =
                tap2 / size2.width * rows.second * width + tap2 % size2.width * columns.second
              for input in 0..<inner {
                let source = (channel * inner + input) * size1.height * size1.width
                let target = (output * targetInner + firstInput + input) * area + place
                for row in 0..<size1.height {
                  for column in 0..<size1.width {
                    kernel[target + row * rows.first * width + column * columns.first] +=
                      weight * kernel1[source + row * size1.width + column]
                  }
                }
              }
            }
          }
        }
      }
    }
    return ReducedConvolution(dense: kernel, bias: bias, geometry)
  }

  private var vertical: AxisGeometry { geometry.vertical }
}

extension AxisGeometry {
  /// The distances of two kernels' pixels in that of their composition, which this is.
  fileprivate func steps(
    _ first: AxisGeometry, _ second: AxisGeometry
  ) -> (first: Int, second: Int) {
    (first.step / dilation, first.stride * second.step / dilation)
  }
}
