/// Executes one convolution by the algorithm that the plan chose.
///
/// Reads the source, and what is added where the epilogue accumulates; writes the destination, which
/// may be what is added.
struct ConvolutionStep<Algorithm: ConvolutionAlgorithm>: StepKernel {
  let algorithm: Algorithm
  /// Floats from the packed weights to the bias.
  let bias: Int

  func run(_ frame: Frame) {
    algorithm.run(
      ConvolutionOperands(
        source: frame.floats(read: 0), destination: frame.floats(written: 0),
        addend: algorithm.epilogue.accumulates ? frame.floats(read: 1) : nil,
        weights: frame.floatWeights, bias: frame.floatWeights + bias,
        scratch: frame.floatScratch, worker: frame.worker,
        workerCount: frame.workerCount))
  }
}

extension ConvolutionAlgorithm {
  /// The step of this algorithm, specialised for its type.
  func step(bias: Int) -> any StepKernel { ConvolutionStep(algorithm: self, bias: bias) }
}
