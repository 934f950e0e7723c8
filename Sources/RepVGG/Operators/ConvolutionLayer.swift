/// One convolution layer as algorithms see it: what it computes, of what size, shared by how many
/// workers.
///
/// Layers of a plan that are equal have the same candidates, costs and algorithm.
package struct ConvolutionLayer: Hashable, Sendable {
  package let shape: ConvolutionShape
  package let epilogue: ConvolutionEpilogue
  /// Workers that share the layer: one where it is run image by image.
  package let workerCount: Int

  package init(
    shape: ConvolutionShape, epilogue: ConvolutionEpilogue = ConvolutionEpilogue(),
    workerCount: Int = 1
  ) {
    self.shape = shape
    self.epilogue = epilogue
    self.workerCount = workerCount
  }
}

/// One convolution layer's geometry: kernel of 1x1 or 3x3, padding `kernelSize / 2`.
package struct ConvolutionShape: Sendable, Hashable {
  package let source: ActivationLayout
  package let destination: ActivationLayout
  /// 1 or 3.
  package let kernelSize: Int
  /// 1 or 2, in both directions.
  package let stride: Int
  package let groups: Int

  package init(
    source: ActivationLayout, destination: ActivationLayout, kernelSize: Int, stride: Int,
    groups: Int
  ) {
    self.source = source
    self.destination = destination
    self.kernelSize = kernelSize
    self.stride = stride
    self.groups = groups
  }

  package var inputChannelsPerGroup: Int { source.channels / groups }
  package var outputChannelsPerGroup: Int { destination.channels / groups }
  /// Multiplications of the direct algorithm, over the whole batch.
  package var multiplicationCount: Int {
    destination.batch * destination.height * destination.width * destination.channels
      * inputChannelsPerGroup * kernelSize * kernelSize
  }
  /// Bytes of the kernel in Float32, unpacked.
  package var weightByteCount: Int {
    4 * destination.channels * inputChannelsPerGroup * kernelSize * kernelSize
  }
}

/// What happens to a sum before it is stored: `dst = act(sum + bias [+ dst] [+ scale * src])`.
package struct ConvolutionEpilogue: Sendable, Hashable {
  /// Adds the value that the destination holds: a branch accumulated in place.
  package var accumulates = false
  /// Adds the source pixel times a per-channel scale: the identity branch.
  ///
  /// Stride 1 and equal channel counts only; the scales follow the bias.
  package var addsScaledIdentity = false
  /// Ends with max(0, x).
  package var appliesReLU = false

  package init(
    accumulates: Bool = false, addsScaledIdentity: Bool = false, appliesReLU: Bool = false
  ) {
    self.accumulates = accumulates
    self.addsScaledIdentity = addsScaledIdentity
    self.appliesReLU = appliesReLU
  }
}

extension ConvolutionLayer {
  /// Refuses geometry that contradicts itself or exceeds the kernels' 32-bit counts.
  func checkAddressable() throws(RepVGGError) {
    let (source, destination, stride) = (shape.source, shape.destination, shape.stride)
    let limit = Int(Int32.max)
    guard (1...2).contains(stride), shape.groups > 0, source.channels % shape.groups == 0,
      destination.channels % shape.groups == 0, source.batch == destination.batch,
      destination.height == source.height.dividedRoundingUp(by: stride),
      destination.width == source.width.dividedRoundingUp(by: stride),
      destination.channels > 0, source.channels > 0, source.batch > 0, workerCount > 0,
      source.border == 1, destination.border == 1
    else {
      throw RepVGGError(.invalidArgument, "the convolution's shapes contradict each other")
    }
    guard source.imageStride <= limit, destination.imageStride <= limit,
      source.batch * source.height <= limit, destination.batch * destination.height <= limit
    else {
      throw RepVGGError(.unsupported, "the activation is too large for 32-bit counts")
    }
    guard !epilogue.addsScaledIdentity || (stride == 1 && source == destination) else {
      throw RepVGGError(.unsupported, "an identity needs stride 1 and equal channel counts")
    }
  }
}
