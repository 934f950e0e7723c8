/// A network on its way to a plan: operations on values of known shapes, in the order of execution.
///
/// ``PlanBuilder`` makes a step of each operation. Passes rewrite the operations before.
struct PlanGraph {
  /// A value by its index in ``values``; written by one operation.
  typealias ValueIndex = Int

  /// How the elements of a value are stored.
  enum Storage: Sendable, Hashable {
    /// Bordered NHWC; the shape is `[batch, channels, height, width]`.
    case image
    /// Rows of whole channel blocks; the shape is `[batch, count]`.
    case vector
    /// Row-major without gaps, of any shape.
    case dense
  }

  /// What an operation reads or writes.
  struct Value {
    /// The sizes, outermost first, the batch included.
    let shape: [Int]
    var storage: Storage
    /// Pixels of zeros around an image that its readers read.
    var border = 0
    /// Whether channels are padded to whole blocks.
    var isPadded = true
    /// The value whose memory this one shares, and the first of its channels.
    var part: (of: ValueIndex, channel: Int)?

    /// The number of elements.
    var count: Int { shape.reduce(1, *) }
  }

  /// One operation: what it computes from which values.
  struct Operation {
    /// What reports call the step.
    var name: String
    var kind: Kind
    var reads: [ValueIndex]
    var result: ValueIndex
  }

  enum Kind {
    /// The caller's tensor.
    case input
    /// Elements that are known.
    case constant(Tensor)
    /// The caller's NCHW images as an activation.
    case images
    case convolution(Convolution)
    /// One factor and one summand per channel, as an expression of the channels that it reads.
    case affine(LinearExpression, FusedActivation?)
    case activation(FusedActivation)
    /// The sum of two values.
    case add(FusedActivation?)
    case globalMean
    case dense(Linear, Network.Activation?)
    /// The first value's channels times the second's elements.
    case gate(FusedActivation?)
    /// Images whose channels follow each other in the result; those that are parts of the result are
    /// there already.
    case concatenation
    /// A value whose memory the result shares.
    case part
    /// Anything else, which brings its own step.
    case planned(any PlannedOperation)
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

    /// Whether every output channel reads one input channel.
    var isDepthwise: Bool { geometry.groups > 1 && geometry.groups == geometry.inputChannels }
  }

  /// A result that the caller gets, without padding.
  struct Output {
    let name: String
    /// The sizes, outermost first: `[batch, channels, height, width]`, or `[batch, count]`.
    let shape: [Int]
    let value: ValueIndex
  }

  let input: InputShape
  /// Floats that channels are padded to a multiple of.
  let channelBlock: Int
  /// What the caller gets: the first in its own buffer, the others as features.
  var outputs: [Output] = []
  var values: [Value] = []
  var operations: [Operation] = []
  /// How many operations, from the first that reads the images on, run image by image: each worker
  /// takes an image through all of them before the next.
  var imageLoopCount = 0

  init(input: InputShape, channelBlock: Int) {
    self.input = input
    self.channelBlock = channelBlock
  }

  /// The layout of a value.
  func layout(of index: ValueIndex) -> ActivationLayout {
    let value = values[index]
    switch value.storage {
    case .dense: return .dense(count: value.count)
    case .vector:
      return .vector(batch: value.shape[0], count: value.shape[1], channelBlock: channelBlock)
    case .image:
      if let part = value.part {
        return layout(of: part.of).slice(
          channels: value.shape[1], storedChannels: value.shape[1].roundedUp(to: channelBlock))
      }
      return ActivationLayout(
        batch: value.shape[0], height: value.shape[2], width: value.shape[3],
        channels: value.shape[1], border: value.border, padded: value.isPadded,
        channelBlock: channelBlock)
    }
  }

  /// A value as the operations that bring their own steps see it.
  func tensor(_ index: ValueIndex) -> StoredTensor {
    StoredTensor(
      shape: values[index].shape, storage: values[index].storage, layout: layout(of: index))
  }

  /// The value whose memory a value is in: itself, or what it is a part of.
  func root(_ index: ValueIndex) -> ValueIndex {
    var index = index
    while let part = values[index].part { index = part.of }
    return index
  }

  /// The operations that read each value.
  var readers: [[Int]] {
    var readers = [[Int]](repeating: [], count: values.count)
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
    var writers = [Int?](repeating: nil, count: values.count)
    for (index, operation) in operations.enumerated() { writers[operation.result] = index }
    return writers
  }
}

extension PlanGraph {
  /// The shape of a convolution between the layouts that its values have.
  func shape(of convolution: Convolution, reads: ValueIndex, result: ValueIndex) -> ConvolutionShape
  {
    let geometry = convolution.geometry
    return ConvolutionShape(
      source: layout(of: reads), destination: layout(of: result),
      kernelSize: geometry.kernelSize, stride: geometry.stride, dilation: geometry.dilation,
      padding: geometry.padding, groups: geometry.groups)
  }

  /// The convolutions that algorithms are to be chosen for, in their order, and what reports call
  /// them.
  func layers(workerCount: Int) -> [(name: String, layer: ConvolutionLayer)] {
    operations.enumerated().compactMap {
      (index, operation) -> (name: String, layer: ConvolutionLayer)? in
      guard case .convolution(let convolution) = operation.kind else { return nil }
      var shape = shape(of: convolution, reads: operation.reads[0], result: operation.result)
      let isInLoop = isInImageLoop(index)
      if isInLoop { shape = shape.withBatch(1) }
      return (
        operation.name,
        ConvolutionLayer(
          shape: shape, epilogue: convolution.epilogue, workerCount: isInLoop ? 1 : workerCount)
      )
    }
  }

  /// The first operation that the image loop runs: the one that reads the caller's images.
  var firstLoopedOperation: Int {
    operations.firstIndex { if case .input = $0.kind { false } else { true } } ?? 0
  }

  /// Whether an operation runs image by image.
  func isInImageLoop(_ index: Int) -> Bool {
    let first = firstLoopedOperation
    return (first..<first + imageLoopCount).contains(index)
  }
}
