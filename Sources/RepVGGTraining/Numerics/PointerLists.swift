/// Calls `body` with C arrays of the pointers.
package func withPointers<Scalar: TrainingScalar, Result>(
  _ first: [UnsafePointer<Scalar>], _ second: [UnsafePointer<Scalar>],
  _ body: (TrainingKernels<Scalar>.Sources, TrainingKernels<Scalar>.Sources) -> Result
) -> Result {
  precondition(!first.isEmpty && !second.isEmpty, "an operator without inputs")
  return first.withUnsafeBufferPointer { first in
    second.withUnsafeBufferPointer { second in
      guard let first = first.baseAddress, let second = second.baseAddress else {
        preconditionFailure("an operator without inputs")
      }
      return body(first, second)
    }
  }
}

/// Calls `body` with C arrays of the pointers.
package func withPointers<Scalar: TrainingScalar, Result>(
  _ first: [UnsafePointer<Scalar>], _ second: [UnsafePointer<Scalar>],
  _ third: [UnsafePointer<Scalar>],
  _ body: (
    TrainingKernels<Scalar>.Sources, TrainingKernels<Scalar>.Sources,
    TrainingKernels<Scalar>.Sources
  ) -> Result
) -> Result {
  withPointers(first, second) { first, second in
    withPointers(third, third) { third, _ in body(first, second, third) }
  }
}
