import COpenBLAS
import Glibc

/// `y = act(W x + b)` for a batch of vectors: the head, and the two halves of a gate.
struct LinearStep: Step {
  /// What follows the sum.
  enum Activation: Sendable { case none, relu, sigmoid }
  /// Where the result goes.
  enum Destination: Sendable {
    /// An arena offset, with the pitch between vectors in floats.
    case arena(Int, pitch: Int)
    /// The caller's logits, tightly packed.
    case output
  }

  let batch: Int
  let inputCount: Int
  let outputCount: Int
  /// Offset in the arena, and floats from one vector to the next.
  let source: Int
  let sourcePitch: Int
  let destination: Destination
  /// Offset on the tape of the matrix `[outputs, inputs]`, then the bias.
  let weights: Int
  let activation: Activation

  func run(_ context: StepContext) {
    let outputs = context.share(of: outputCount)
    guard !outputs.isEmpty else { return }
    let (target, pitch): (UnsafeMutablePointer<Float>, Int) =
      switch destination {
      case .arena(let offset, let pitch): (context.arena + offset, pitch)
      case .output: (context.output, outputCount)
      }
    let matrix = context.weights + weights + outputs.lowerBound * inputCount
    let bias = context.weights + weights + outputCount * inputCount
    let vectors = UnsafePointer(context.arena) + source
    if batch == 1 {
      cblas_sgemv(
        CblasRowMajor, CblasNoTrans, blasint(outputs.count), blasint(inputCount), 1, matrix,
        blasint(inputCount), vectors, 1, 0, target + outputs.lowerBound, 1)
    } else {
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, blasint(batch), blasint(outputs.count),
        blasint(inputCount), 1, vectors, blasint(sourcePitch), matrix, blasint(inputCount), 0,
        target + outputs.lowerBound, blasint(pitch))
    }
    for image in 0..<batch {
      let row = target + image * pitch
      for output in outputs {
        let value = row[output] + bias[output]
        switch activation {
        case .none: row[output] = value
        case .relu: row[output] = max(value, 0)
        case .sigmoid: row[output] = 1 / (1 + expf(-value))
        }
      }
    }
  }
}
