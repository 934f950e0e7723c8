/// The memory of one execution of one layer by one worker.
package struct ConvolutionOperands {
  /// Bordered NHWC activation, borders zero, padded channels finite; 64-byte aligned.
  package let source: UnsafePointer<Float>
  /// Bordered NHWC activation, of which only pixels inside the border are written.
  ///
  /// Padded channels get zeros. Never overlaps the source.
  package let destination: UnsafeMutablePointer<Float>
  /// What the epilogue adds, where it accumulates: the destination itself, or a value of the same layout.
  package let addend: UnsafePointer<Float>
  /// What ``ConvolutionAlgorithm/pack(_:into:)`` wrote; 64-byte aligned.
  package let weights: UnsafePointer<Float>
  /// One float an output channel, zeros up to the destination's `storedChannels`; then, where the
  /// epilogue adds the identity, as many identity scales.
  package let bias: UnsafePointer<Float>
  /// This worker's own scratch; 64-byte aligned, contents undefined.
  package let scratch: UnsafeMutablePointer<Float>
  package let worker: Int
  package let workerCount: Int

  package init(
    source: UnsafePointer<Float>, destination: UnsafeMutablePointer<Float>,
    addend: UnsafePointer<Float>? = nil, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, worker: Int, workerCount: Int
  ) {
    self.source = source
    self.destination = destination
    self.addend = addend ?? UnsafePointer(destination)
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
  /// Where what ``pack(_:into:)`` writes depends on more than the kernel, what that is: of equal
  /// texts it writes the same for the same kernel, whatever the size of the images and the batch.
  var packing: String { get }
  /// Packs a kernel, `[outputChannels, inputChannels / groups, height, width]` row-major.
  func pack(_ kernel: [Float], into packed: UnsafeMutablePointer<Float>)
  /// Computes this worker's share. Allocates nothing.
  func run(_ operands: ConvolutionOperands)
}
