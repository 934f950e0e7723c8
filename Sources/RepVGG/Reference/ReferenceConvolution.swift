/// The oracle of convolution: plain loops, Double accumulation, never fast.
package enum ReferenceConvolution {
  /// An output and the scale that its rounding error is measured by.
  package struct Output: Sendable {
    /// `[batch, height, width, channels]`, no border.
    package let values: [Double]
    /// `sum |a * b|` of each output, with bias, identity and the accumulated value.
    package let magnitudes: [Double]
  }

  /// Convolves a bordered NHWC source (the border counts as zeros, whatever it holds).
  ///
  /// `source` is a whole activation, `kernel` `[outputChannels, inputChannels / groups, height,
  /// width]`, `bias` one per channel and at `pixelStride` the identity scales where they are
  /// added, `previous` the destination before, where the epilogue accumulates.
  package static func run(
    _ shape: ConvolutionShape, epilogue: ConvolutionEpilogue, source: [Float], kernel: [Float],
    bias: [Float], previous: [Float]
  ) -> Output {
    let output = shape.destination
    let perGroup = shape.inputChannelsPerGroup
    let (height, width) = (shape.kernelSize.height, shape.kernelSize.width)
    var values: [Double] = []
    var magnitudes: [Double] = []
    values.reserveCapacity(output.batch * output.height * output.width * output.channels)
    magnitudes.reserveCapacity(values.capacity)
    for image in 0..<output.batch {
      for y in 0..<output.height {
        for x in 0..<output.width {
          for channel in 0..<output.channels {
            var sum = Double(bias[channel])
            var magnitude = abs(sum)
            let firstInput = channel / shape.outputChannelsPerGroup * perGroup
            for down in 0..<height {
              let row =
                y * shape.stride.height + down * shape.dilation.height - shape.padding.top
              guard (0..<shape.source.height).contains(row) else { continue }
              for across in 0..<width {
                let column =
                  x * shape.stride.width + across * shape.dilation.width - shape.padding.left
                guard (0..<shape.source.width).contains(column) else { continue }
                let pixel = shape.source.offset(image: image, y: row, x: column) + firstInput
                let tap = (channel * perGroup * height + down) * width + across
                for input in 0..<perGroup {
                  let product =
                    Double(source[pixel + input]) * Double(kernel[tap + input * height * width])
                  sum += product
                  magnitude += abs(product)
                }
              }
            }
            if epilogue.addsScaledIdentity {
              let pixel = shape.source.offset(image: image, y: y, x: x) + channel
              let term = Double(source[pixel]) * Double(bias[output.pixelStride + channel])
              sum += term
              magnitude += abs(term)
            }
            if epilogue.accumulates {
              let before = Double(previous[output.offset(image: image, y: y, x: x) + channel])
              sum += before
              magnitude += abs(before)
            }
            values.append(epilogue.activation?(sum) ?? sum)
            magnitudes.append(magnitude)
          }
        }
      }
    }
    return Output(values: values, magnitudes: magnitudes)
  }
}
