/// One operation of a plan, as data: what computes it, and which values it reads and writes.
struct Step: Sendable {
  var description: StepDescription
  var kernel: any StepKernel
  /// In the order that the kernel expects.
  var reads: [ValueID]
  /// In the order that the kernel expects; a value that is changed in place is read, too.
  var writes: [ValueID]
  /// The step's bytes of the packed weights.
  var weights = 0..<0
}

/// What computes a step.
///
/// Every worker calls ``run(_:)`` and does its share; workers join after each step. A kernel knows
/// its operands by their positions only, so the same one may run on a batch or, in
/// ``ImageLoopStep``, on one image after the other.
protocol StepKernel: Sendable {
  /// Computes this worker's share. Allocates nothing.
  func run(_ frame: Frame)
}

/// The memory of one run of one step, as one worker sees it.
struct Frame {
  typealias Operands = UnsafePointer<UnsafeMutableRawPointer>

  /// The first byte of every value that the step reads, in the step's order.
  let reads: Operands
  /// The first byte of every value that the step writes; these follow ``reads`` in memory.
  let writes: Operands
  /// The step's packed weights; 64-byte aligned.
  let weights: UnsafeRawPointer
  /// This worker's scratch; 64-byte aligned, contents undefined.
  let scratch: UnsafeMutableRawPointer
  let worker: Int
  let workerCount: Int

  /// A value that the step reads, as floats.
  @inline(__always) func floats(read index: Int) -> UnsafePointer<Float> {
    UnsafePointer(reads[index].assumingMemoryBound(to: Float.self))
  }

  /// A value that the step writes, as floats.
  @inline(__always) func floats(written index: Int) -> UnsafeMutablePointer<Float> {
    writes[index].assumingMemoryBound(to: Float.self)
  }

  /// The step's packed weights as floats.
  @inline(__always) var floatWeights: UnsafePointer<Float> {
    weights.assumingMemoryBound(to: Float.self)
  }

  /// This worker's scratch as floats.
  @inline(__always) var floatScratch: UnsafeMutablePointer<Float> {
    scratch.assumingMemoryBound(to: Float.self)
  }

  /// This worker's part of `count` equal pieces of work.
  @inline(__always) func share(of count: Int) -> Range<Int> {
    workerShare(count, worker: worker, count: workerCount)
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

  /// What a step does; nothing is multiplied, and no weights are read, unless that is said.
  package init(
    name: String, algorithm: String, convolution: ConvolutionShape? = nil,
    multiplicationCount: Int = 0, weightByteCount: Int = 0, parts: [StepDescription] = []
  ) {
    self.name = name
    self.algorithm = algorithm
    self.convolution = convolution
    self.multiplicationCount = multiplicationCount
    self.weightByteCount = weightByteCount
    self.parts = parts
  }

  /// The step's layers: itself, or its parts.
  package var layers: [StepDescription] { parts.isEmpty ? [self] : parts }
}
