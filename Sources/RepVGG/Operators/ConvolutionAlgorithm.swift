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
}

/// What happens to a sum before it is stored: `dst = act(sum + bias [+ dst] [+ scale * src])`.
package struct ConvolutionEpilogue: Sendable, Hashable {
  /// Adds the value that the destination holds: a branch accumulated in place.
  package var accumulates = false
  /// Adds the source pixel times a per-channel scale: the identity branch.
  ///
  /// Stride 1 and equal channel counts only; the scales lie behind the bias.
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

/// The memory of one execution of one layer by one worker.
package struct ConvolutionOperands {
  /// Bordered NHWC activation, borders zero, padded channels zero; 64-byte aligned.
  package let source: UnsafePointer<Float>
  /// Bordered NHWC activation, of which only pixels inside the border are written.
  ///
  /// Padded channels get zeros. Never overlaps the source.
  package let destination: UnsafeMutablePointer<Float>
  /// What ``ConvolutionAlgorithm/pack(_:into:)`` wrote; 64-byte aligned.
  package let weights: UnsafePointer<Float>
  /// One float an output channel, zeros up to the destination's `pixelStride`; then, where the
  /// epilogue adds the identity, as many identity scales.
  package let bias: UnsafePointer<Float>
  /// This worker's own scratch; 64-byte aligned, contents undefined.
  package let scratch: UnsafeMutablePointer<Float>
  package let worker: Int
  package let workerCount: Int

  package init(
    source: UnsafePointer<Float>, destination: UnsafeMutablePointer<Float>,
    weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, worker: Int, workerCount: Int
  ) {
    self.source = source
    self.destination = destination
    self.weights = weights
    self.bias = bias
    self.scratch = scratch
    self.worker = worker
    self.workerCount = workerCount
  }
}

/// A way to compute one convolution layer, planned for its shape: packs weights once, then runs.
///
/// A layer is executed by `workerCount` workers at once, each calling ``run(_:)`` with its own
/// index; their shares are disjoint, need no joins among them, and do not depend on timing, so
/// that the same plan and input give the same bits.
package protocol ConvolutionAlgorithm: Sendable {
  /// Short and stable, for reports: `im2col`, `direct`, `winograd-4x4`.
  var name: String { get }
  var shape: ConvolutionShape { get }
  var epilogue: ConvolutionEpilogue { get }
  /// Floats that ``pack(_:into:)`` writes.
  var packedElementCount: Int { get }
  /// Floats of scratch that each worker needs.
  func scratchElementCount(workerCount: Int) -> Int
  /// Packs a kernel, `[outputChannels, inputChannels / groups, kernelSize, kernelSize]` row-major.
  func pack(_ kernel: [Float], into packed: UnsafeMutablePointer<Float>)
  /// Computes this worker's share. Allocates nothing.
  func run(_ operands: ConvolutionOperands)
}
