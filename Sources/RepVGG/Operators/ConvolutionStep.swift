/// Executes one convolution by the algorithm that the plan chose.
///
/// Reads the source, and the destination where the epilogue accumulates; writes the destination.
struct ConvolutionStep<Algorithm: ConvolutionAlgorithm>: StepKernel {
  let algorithm: Algorithm
  /// Floats from the packed weights to the bias.
  let bias: Int

  func run(_ frame: Frame) {
    algorithm.run(
      ConvolutionOperands(
        source: frame.floats(read: 0), destination: frame.floats(written: 0),
        weights: frame.floatWeights, bias: frame.floatWeights + bias,
        scratch: frame.floatScratch, worker: frame.worker,
        workerCount: frame.workerCount))
  }
}

extension ConvolutionAlgorithm {
  /// The step of this algorithm, specialised for its type.
  func step(bias: Int) -> any StepKernel { ConvolutionStep(algorithm: self, bias: bias) }
}
