/// Zeros around the image; negative sides are cut off.
struct ZeroPadding: LinearOperator {
  let padding: Padding
  let label = "pad"

  func geometry(inputChannels: Int) throws(RepVGGError) -> ConvolutionGeometry {
    try ConvolutionGeometry(
      inputChannels: inputChannels, outputChannels: inputChannels, checking: 1, stride: 1,
      padding: padding, dilation: 1, groups: inputChannels)
  }

  func reduced(inputChannels: Int) throws(RepVGGError) -> ReducedConvolution {
    ReducedConvolution(
      diagonal: [Double](repeating: 1, count: inputChannels),
      bias: [Double](repeating: 0, count: inputChannels),
      try geometry(inputChannels: inputChannels))
  }

  func evaluate(
    on image: ReferenceNetwork.Image, _ pool: ThreadPool
  ) throws(RepVGGError) -> ReferenceNetwork.Image {
    try image.padded(padding, with: [Double](repeating: 0, count: image.channels))
  }
}

/// Around the image, what the operators before it give for an image of zeros.
///
/// Where these read single pixels, the padding is the same as zeros around what they read. By itself
/// it pads with zeros: nothing comes before it.
struct ImageOfZeroPadding: LinearOperator {
  let padding: Padding
  let label = "pad"
  let padsWithImageOfZero = true

  func geometry(inputChannels: Int) throws(RepVGGError) -> ConvolutionGeometry {
    try ZeroPadding(padding: padding).geometry(inputChannels: inputChannels)
  }

  func reduced(inputChannels: Int) throws(RepVGGError) -> ReducedConvolution {
    try ZeroPadding(padding: padding).reduced(inputChannels: inputChannels)
  }

  func evaluate(
    on image: ReferenceNetwork.Image, _ pool: ThreadPool
  ) throws(RepVGGError) -> ReferenceNetwork.Image {
    try ZeroPadding(padding: padding).evaluate(on: image, pool)
  }
}
