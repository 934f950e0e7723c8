/// A network on its way to a plan: operations on values of known layouts, in the order of execution.
///
/// ``PlanBuilder`` makes a step of each operation. Passes rewrite the operations before.
struct PlanGraph {
  /// A value by its index in ``layouts``; written by one operation.
  typealias ValueIndex = Int

  /// One operation: what it computes from which values.
  struct Operation {
    /// What reports call the step.
    var name: String
    var kind: Kind
    var reads: [ValueIndex]
    var result: ValueIndex
  }

  enum Kind {
    /// The caller's NCHW images as an activation.
    case input
    case convolution(Convolution)
    /// One factor and one summand per channel, as an expression of the channels that it reads.
    case affine(LinearExpression)
    case activation(Network.Activation)
    /// The sum of two values.
    case add
    case globalMean
    case dense(Linear, Network.Activation?)
    /// The first value's channels times the second's elements, maybe with ReLU.
    case gate(appliesReLU: Bool)
    /// The value in the caller's layout.
    case output
  }

  /// A linear region that runs as one convolution.
  struct Convolution {
    let expression: LinearExpression
    let geometry: ConvolutionGeometry
    var epilogue = ConvolutionEpilogue()
    /// What is added to the sum for every channel of the source pixel by itself.
    var identity: LinearExpression?
  }

  /// A result that the caller gets, without padding.
  struct Output {
    let name: String
    /// `[batch, channels, height, width]`, or `[batch, count]`.
    let shape: [Int]
    let value: ValueIndex
  }

  let input: InputShape
  /// What the caller gets: the first in its own buffer, the others as features.
  var outputs: [Output] = []
  /// The layout of every value.
  var layouts: [ActivationLayout]
  var operations: [Operation]
  /// How many of the first operations run image by image: each worker takes an image through all of
  /// them before the next.
  var imageLoopCount = 0

  /// The operations that read each value.
  var readers: [[Int]] {
    var readers = [[Int]](repeating: [], count: layouts.count)
    for (index, operation) in operations.enumerated() {
      for value in Set(operation.reads) { readers[value].append(index) }
    }
    return readers
  }

  /// Which output each value is.
  var outputNumbers: [ValueIndex: Int] {
    Dictionary(uniqueKeysWithValues: outputs.enumerated().map { ($1.value, $0) })
  }

  /// The operation that writes each value; nil for those that a pass has removed.
  var writers: [Int?] {
    var writers = [Int?](repeating: nil, count: layouts.count)
    for (index, operation) in operations.enumerated() { writers[operation.result] = index }
    return writers
  }
}

extension PlanGraph {
  /// The convolutions that algorithms are to be chosen for, in their order, and what reports call
  /// them.
  func layers(workerCount: Int) -> [(name: String, layer: ConvolutionLayer)] {
    operations.enumerated().compactMap { index, operation in
      guard case .convolution(let convolution) = operation.kind else { return nil }
      var (source, destination) = (layouts[operation.reads[0]], layouts[operation.result])
      let isInLoop = index < imageLoopCount
      if isInLoop { (source, destination) = (source.withBatch(1), destination.withBatch(1)) }
      let shape = ConvolutionShape(
        source: source, destination: destination,
        kernelSize: convolution.geometry.kernelSize.height,
        stride: convolution.geometry.stride.height, groups: convolution.geometry.groups)
      return (
        operation.name,
        ConvolutionLayer(
          shape: shape, epilogue: convolution.epilogue, workerCount: isInLoop ? 1 : workerCount)
      )
    }
  }
}
