import CKernels

/// A function of each element of one tensor, or of two that are broadcast.
///
/// What detectors compute after their last convolution: one portable step, with loops of their own for
/// arithmetic.
struct ElementwiseOperation: PlannedOperation {
  enum Function: Sendable {
    case unary(Unary)
    case binary(Binary)
  }

  enum Unary: Sendable {
    case activation(FusedActivation)
    /// In Float64, rounded once.
    case other(@Sendable (Double) -> Double)
  }

  enum Binary: Sendable {
    case add, subtract, multiply, divide, maximum, minimum
    /// In Float64, rounded once.
    case other(@Sendable (Double, Double) -> Double)
  }

  let function: Function
  /// What follows.
  let activation: FusedActivation?
  let algorithm = "elementwise"

  init(_ function: Function, _ activation: FusedActivation? = nil) {
    self.function = function
    self.activation = activation
  }

  func planned(
    _ reads: [StoredTensor], _ result: StoredTensor, _ kernels: Kernels
  ) throws(RepVGGError) -> PlannedStep {
    let loop = StridedLoop(result, reads)
    let padding = PixelPadding(result)
    switch function {
    case .unary(.activation(let activation)):
      return PlannedStep(
        kernel: UnaryStep(
          loop: loop, padding: padding, function: { $0 }, activation: ActivationTask(activation),
          kernels: kernels))
    case .unary(.other(let function)):
      return PlannedStep(
        kernel: UnaryStep(
          loop: loop, padding: padding, function: function,
          activation: activation.map { ActivationTask($0) }, kernels: kernels))
    case .binary(let function):
      return PlannedStep(
        kernel: BinaryStep(
          loop: loop, padding: padding, function: function,
          activation: activation.map { ActivationTask($0) }, kernels: kernels))
    }
  }
}

/// Applies a function to every element, and an activation to its results.
///
/// Reads one tensor, writes the result.
private struct UnaryStep: StepKernel {
  let loop: StridedLoop
  let padding: PixelPadding
  let function: @Sendable (Double) -> Double
  let activation: ActivationTask?
  let kernels: Kernels

  func run(_ frame: Frame) {
    padding.clear(frame.floats(written: 0), frame)
    let (step, sourceStep) = (loop.steps[0], loop.steps[1])
    loop.forEachPart(frame) { row, elements in
      let to = frame.floats(written: 0) + loop.start(of: 0, row: row) + elements.lowerBound * step
      let from =
        frame.floats(read: 0) + loop.start(of: 1, row: row) + elements.lowerBound * sourceStep
      for index in 0..<elements.count {
        to[index * step] = Float(function(Double(from[index * sourceStep])))
      }
      if let activation { kernels.apply(activation, to: to, step: step, count: elements.count) }
    }
  }
}

/// Applies a function to pairs of elements, and an activation to its results.
///
/// Reads two tensors, writes the result.
private struct BinaryStep: StepKernel {
  let loop: StridedLoop
  let padding: PixelPadding
  let function: ElementwiseOperation.Binary
  let activation: ActivationTask?
  let kernels: Kernels

  func run(_ frame: Frame) {
    padding.clear(frame.floats(written: 0), frame)
    switch function {
    case .add: run(frame) { $0 + $1 }
    case .subtract: run(frame) { $0 - $1 }
    case .multiply: run(frame) { $0 * $1 }
    case .divide: run(frame) { $0 / $1 }
    // Not a number if either is.
    case .maximum: run(frame) { $0.isNaN || $0 > $1 ? $0 : $1 }
    case .minimum: run(frame) { $0.isNaN || $0 < $1 ? $0 : $1 }
    case .other(let function): run(frame) { Float(function(Double($0), Double($1))) }
    }
  }

  @inline(__always)
  private func run(_ frame: Frame, _ function: (Float, Float) -> Float) {
    let (step, leftStep, rightStep) = (loop.steps[0], loop.steps[1], loop.steps[2])
    loop.forEachPart(frame) { row, elements in
      let first = elements.lowerBound
      let to = frame.floats(written: 0) + loop.start(of: 0, row: row) + first * step
      let left =
        UnsafePointer(frame.floats(read: 0)) + loop.start(of: 1, row: row) + first * leftStep
      let right =
        UnsafePointer(frame.floats(read: 1)) + loop.start(of: 2, row: row) + first * rightStep
      // The usual steps are loops of their own, which are vectorised.
      switch (step, leftStep, rightStep) {
      case (1, 1, 1):
        for index in 0..<elements.count { to[index] = function(left[index], right[index]) }
      case (1, 1, 0):
        let value = right.pointee
        for index in 0..<elements.count { to[index] = function(left[index], value) }
      case (1, 0, 1):
        let value = left.pointee
        for index in 0..<elements.count { to[index] = function(value, right[index]) }
      default:
        for index in 0..<elements.count {
          to[index * step] = function(left[index * leftStep], right[index * rightStep])
        }
      }
      if let activation { kernels.apply(activation, to: to, step: step, count: elements.count) }
    }
  }
}

extension Kernels {
  /// Applies an activation in place to elements that are `step` floats apart.
  func apply(
    _ activation: ActivationTask, to elements: UnsafeMutablePointer<Float>, step: Int = 1,
    count: Int
  ) {
    if step == 1 {
      table.pointee.activate(activation.address, elements, 1, 0, Int32(count))
    } else {
      table.pointee.activate(activation.address, elements, Int32(count), step, 1)
    }
  }
}
