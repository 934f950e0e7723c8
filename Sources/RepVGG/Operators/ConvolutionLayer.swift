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

/// What happens to a sum before it is stored:
/// `dst = activation(sum + bias [+ addend] [+ scale * src])`.
package struct ConvolutionEpilogue: Sendable, Hashable {
  /// Adds a value of the destination's layout: what the destination holds, a branch accumulated in
  /// place, or another one, a residual.
  package var accumulates = false
  /// Adds the source pixel times a per-channel scale: the identity branch.
  ///
  /// Stride 1 and equal channel counts only; the scales follow the bias.
  package var addsScaledIdentity = false
  /// What it ends with.
  package var activation: FusedActivation?

  package init(
    accumulates: Bool = false, addsScaledIdentity: Bool = false, activation: FusedActivation? = nil
  ) {
    self.accumulates = accumulates
    self.addsScaledIdentity = addsScaledIdentity
    self.activation = activation
  }

  /// The same with ReLU, or without an activation.
  package init(accumulates: Bool = false, addsScaledIdentity: Bool = false, appliesReLU: Bool) {
    self.init(
      accumulates: accumulates, addsScaledIdentity: addsScaledIdentity,
      activation: appliesReLU ? .relu : nil)
  }
}

extension ConvolutionLayer {
  /// Refuses geometry that contradicts itself or exceeds the kernels' 32-bit counts.
  func checkAddressable() throws(RepVGGError) {
    let (source, destination, stride) = (shape.source, shape.destination, shape.stride)
    let limit = Int(Int32.max)
    guard stride.height > 0, stride.width > 0, shape.dilation.height > 0, shape.dilation.width > 0,
      shape.kernelSize.height > 0, shape.kernelSize.width > 0, shape.groups > 0,
      source.channels % shape.groups == 0, destination.channels % shape.groups == 0,
      source.batch == destination.batch, destination.channels > 0, source.channels > 0,
      source.batch > 0, workerCount > 0, shape.borderNeeded <= source.border,
      destination.height == shape.vertical.outputCount(source.height),
      destination.width == shape.horizontal.outputCount(source.width)
    else {
      throw RepVGGError(.invalidArgument, "the convolution's shapes contradict each other")
    }
    guard source.imageStride <= limit, destination.imageStride <= limit,
      source.batch * source.height <= limit, destination.batch * destination.height <= limit
    else {
      throw RepVGGError(.unsupported, "the activation is too large for 32-bit counts")
    }
    guard
      !epilogue.addsScaledIdentity
        || (stride == 1 && source == destination)
    else {
      throw RepVGGError(.unsupported, "an identity needs stride 1 and equal channel counts")
    }
  }
}
