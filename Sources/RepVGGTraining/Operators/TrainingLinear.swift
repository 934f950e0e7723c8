/// Where a linear layer's parameters and gradients are stored; the weight is `[outputs, inputs]`.
package struct LinearSlots<Scalar: TrainingScalar> {
  package var weight: UnsafeMutablePointer<Scalar>
  package var bias: UnsafeMutablePointer<Scalar>
  package var weightGradient: UnsafeMutablePointer<Scalar>
  package var biasGradient: UnsafeMutablePointer<Scalar>

  package init(
    weight: UnsafeMutablePointer<Scalar>,
    bias: UnsafeMutablePointer<Scalar>,
    weightGradient: UnsafeMutablePointer<Scalar>,
    biasGradient: UnsafeMutablePointer<Scalar>
  ) {
    self.weight = weight
    self.bias = bias
    self.weightGradient = weightGradient
    self.biasGradient = biasGradient
  }
}

/// `y = x transposed(weight) + bias` over `[rows, inputs]`.
package struct TrainingLinear<Scalar: TrainingScalar> {
  package typealias Source = UnsafePointer<Scalar>
  package typealias Target = UnsafeMutablePointer<Scalar>

  package let rows: Int
  package let inputs: Int
  package let outputs: Int
  package let slots: LinearSlots<Scalar>

  package init(rows: Int, inputs: Int, outputs: Int, slots: LinearSlots<Scalar>) {
    self.rows = rows
    self.inputs = inputs
    self.outputs = outputs
    self.slots = slots
  }

  /// The layer's output, `[rows, outputs]`.
  package func forward(x: Source, y: Target) {
    for row in 0..<rows { (y + row * outputs).update(from: slots.bias, count: outputs) }
    Scalar.kernels.multiply(
      MatrixProduct(
        rows: rows, columns: outputs, depth: inputs, a: x, aStride: inputs, b: slots.weight,
        bStride: inputs, transposesB: true, c: y, cStride: outputs, accumulates: true))
  }

  /// The gradients of weight and bias, and of the input where asked.
  package func backward(x: Source, dy: Source, dx: Target?) {
    Scalar.kernels.multiply(
      MatrixProduct(
        rows: outputs, columns: inputs, depth: rows, a: dy, aStride: outputs, transposesA: true,
        b: x, bStride: inputs, c: slots.weightGradient, cStride: inputs))
    for output in 0..<outputs {
      var sum = 0.0
      for row in 0..<rows { sum += Double(dy[row * outputs + output]) }
      slots.biasGradient[output] = Scalar(sum)
    }
    guard let dx else { return }
    Scalar.kernels.multiply(
      MatrixProduct(
        rows: rows, columns: inputs, depth: outputs, a: dy, aStride: outputs, b: slots.weight,
        bStride: inputs, c: dx, cStride: inputs))
  }
}
