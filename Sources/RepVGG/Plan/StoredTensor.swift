/// A value of a plan as a tensor: its sizes, and where each element is stored.
struct StoredTensor: Sendable, Hashable {
  /// Outermost first, the batch included.
  let shape: [Int]
  let storage: PlanGraph.Storage
  let layout: ActivationLayout

  /// The number of elements.
  var count: Int { shape.reduce(1, *) }

  /// Floats from the start to the first element.
  var offset: Int { storage == .image ? layout.offset(image: 0, y: 0, x: 0) : 0 }

  /// Floats between consecutive indices of each dimension.
  var strides: [Int] {
    switch storage {
    case .image: [layout.imageStride, 1, layout.rowStride, layout.pixelStride]
    case .vector: [layout.imageStride, 1]
    case .dense: ReferenceTensor.strides(of: shape)
    }
  }

  /// Floats between the starts of consecutive rows: the last dimension.
  var rowPitch: Int { shape.count > 1 ? strides[shape.count - 2] : count }

  /// The strides when the tensor is broadcast to a shape; 0 repeats.
  func strides(broadcastTo result: [Int]) -> [Int] {
    let own = strides
    var strides = [Int](repeating: 0, count: result.count)
    for axis in shape.indices where shape[axis] != 1 {
      strides[result.count - shape.count + axis] = own[axis]
    }
    return strides
  }
}

/// An operation that brings its own step, a file each.
///
/// ``PlannableOperation`` says what of ONNX's operations it is made of.
protocol PlannedOperation: Sendable {
  /// What reports call it.
  var algorithm: String { get }

  /// Pixels of zeros that it reads around an image.
  func borderNeeded(_ source: ActivationLayout, _ result: ActivationLayout) -> Int

  /// The step for values that are stored like this.
  ///
  /// - Throws: `unsupported` for sizes that the step cannot count.
  func planned(
    _ reads: [StoredTensor], _ result: StoredTensor, _ kernels: Kernels
  ) throws(RepVGGError) -> PlannedStep
}

extension PlannedOperation {
  func borderNeeded(_ source: ActivationLayout, _ result: ActivationLayout) -> Int { 0 }
}

/// A step of a ``PlannedOperation``, and what it needs.
struct PlannedStep {
  let kernel: any StepKernel
  var multiplicationCount = 0
  /// Scratch of each worker in bytes.
  var scratchByteCount = 0
  /// Floats of packed weights, and what writes them; the memory is zeroed.
  var weightCount = 0
  var pack: (@Sendable (UnsafeMutablePointer<Float>) throws(RepVGGError) -> Void)?
}

/// An operation of a network that plans run by a step of its own.
protocol PlannableOperation: TensorOperation {
  /// What it is for inputs of these shapes and known elements; nil is an absent input.
  ///
  /// - Throws: `unsupported` that says what of it is not run, `badData` for inputs that do not fit.
  func lowered(_ inputs: [LoweredInput?], shape: [Int]) throws(RepVGGError) -> LoweredOperation
}

/// An input of an operation that is lowered.
struct LoweredInput {
  let shape: [Int]
  let storage: PlanGraph.Storage
  let elementType: ElementType
  /// Floats that channels are padded to a multiple of.
  let channelBlock: Int
  /// The elements of a constant.
  let constant: Tensor?

  /// The elements of a constant as integers.
  func integers() throws(RepVGGError) -> [Int64]? {
    guard let constant else { return nil }
    return try ReferenceTensor(constant).integers
  }
}

/// An operation of a network in a plan's terms.
struct LoweredOperation {
  var kind: PlanGraph.Kind
  /// Which of the inputs are read when the plan runs, and how these must be stored; nil is as they
  /// are.
  var reads: [(input: Int, storage: PlanGraph.Storage?)]
  /// How the result is stored.
  var storage: PlanGraph.Storage
  /// The first channel of the input that the result is, where it shares its memory.
  var firstChannel: Int?

  init(
    _ operation: any PlannedOperation, reads: [(input: Int, storage: PlanGraph.Storage?)],
    storage: PlanGraph.Storage
  ) {
    self.init(kind: .planned(operation), reads: reads, storage: storage)
  }

  init(
    kind: PlanGraph.Kind, reads: [(input: Int, storage: PlanGraph.Storage?)],
    storage: PlanGraph.Storage, firstChannel: Int? = nil
  ) {
    self.kind = kind
    self.reads = reads
    self.storage = storage
    self.firstChannel = firstChannel
  }
}
