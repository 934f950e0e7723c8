/// Executes one convolution by the algorithm that the plan chose.
struct ConvolutionStep<Algorithm: ConvolutionAlgorithm>: Step {
  let algorithm: Algorithm
  /// Offsets in the arena.
  let source: Int
  let destination: Int
  /// Offsets on the tape.
  let weights: Int
  let bias: Int

  func run(_ context: StepContext) {
    algorithm.run(
      ConvolutionOperands(
        source: context.arena + source + context.sourceShift,
        destination: context.arena + destination + context.destinationShift,
        weights: context.weights + weights, bias: context.weights + bias,
        scratch: context.scratch, worker: context.worker, workerCount: context.workerCount))
  }
}

extension ConvolutionAlgorithm {
  /// The step of this algorithm, specialised for its type.
  func step(source: Int, destination: Int, weights: Int, bias: Int) -> any Step {
    ConvolutionStep(
      algorithm: self, source: source, destination: destination, weights: weights, bias: bias)
  }
}
