/// One operation of a plan.
///
/// Every worker calls ``run(_:)`` and does its share; workers join after each step.
package protocol Step: Sendable {
  /// Computes this worker's share. Allocates nothing.
  func run(_ context: StepContext)
}

/// The memory of one run, as one worker sees it.
package struct StepContext {
  /// The session's activations.
  let arena: UnsafeMutablePointer<Float>
  /// This worker's scratch.
  let scratch: UnsafeMutablePointer<Float>
  /// The plan's packed weights.
  let weights: UnsafePointer<Float>
  /// The caller's images, NCHW.
  let input: UnsafePointer<Float>
  /// The caller's output: logits `[batch, classes]`, or pooled features.
  let output: UnsafeMutablePointer<Float>
  /// The session's copies of stage outputs, NCHW, one after the other.
  let features: UnsafeMutablePointer<Float>
  let worker: Int
  let workerCount: Int
  /// Floats by which the operands in the arena lie behind their places: what ``ImageLoopStep`` sets,
  /// and the steps that it runs, convolutions and the input's conversion, add.
  var sourceShift = 0
  var destinationShift = 0

  /// This worker's part of `count` equal pieces of work.
  @inline(__always) func share(of count: Int) -> Range<Int> {
    count * worker / workerCount..<count * (worker + 1) / workerCount
  }
}

/// What a report says about a step.
package struct StepDescription: Sendable, Hashable {
  /// The block and operation, such as `stage1.0 conv3x3`.
  package var name: String
  /// The algorithm, such as `im2col`, or the operation where there is no choice.
  package var algorithm: String
  /// The convolution's geometry, where the step is one.
  package var convolution: ConvolutionShape?
  /// Direct multiplications over the whole batch.
  package var multiplicationCount: Int
  /// Packed weights that the step reads.
  package var weightByteCount: Int
  /// The layers of a step that runs several, image by image.
  package var parts: [StepDescription] = []

  /// The step's layers: itself, or its parts.
  package var layers: [StepDescription] { parts.isEmpty ? [self] : parts }
}
