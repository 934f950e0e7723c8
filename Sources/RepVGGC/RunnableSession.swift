import CRepVGG
import Glibc
import RepVGG
import Synchronization

/// What an `rvg_session` stands for: a session that one thread at a time may use.
final class RunnableSession: Sendable {
  /// What only the thread that holds the lock touches.
  private final class State {
    let session: Session
    var hasRun = false
    var contiguousInput: ContiguousBuffer?
    var contiguousOutput: ContiguousBuffer?

    init(_ session: Session) { self.session = session }
  }

  private final class ContiguousBuffer {
    let memory: AlignedBuffer
    init(elementCount: Int) throws { memory = try AlignedBuffer(elementCount: elementCount) }
  }

  /// An output as C callers see it.
  struct Output {
    let name: CText
    let shape: [Int]
  }

  let plan: Plan
  /// The first output, which runs write to their callers' buffers, then those that are kept.
  let outputs: [Output]
  private let state: Mutex<State>
  private let process = getpid()

  init(plan: Plan) throws {
    self.plan = plan
    outputs =
      try [Output(name: CText(plan.outputName), shape: plan.outputShape)]
      + plan.features.map { Output(name: try CText($0.name), shape: $0.shape) }
    state = Mutex(State(try plan.makeSession()))
  }

  /// Whether the threads of the session are those of the process that this code runs in.
  var isUsable: Bool { plan.options.threadCount == 1 || process == getpid() }

  private func withState(_ work: (State) throws -> Void) throws {
    guard isUsable else {
      throw Failure(
        RVG_UNSUPPORTED,
        "the session was made before a fork and its threads did not survive it;"
          + " make sessions after the fork")
    }
    let done: Void? = try state.withLockIfAvailable { try work($0) }
    guard done != nil else { throw Failure(RVG_BUSY, "another thread is using the session") }
  }

  /// Elements of the first output for each image; 0 where images have no equal parts of it.
  var elementsPerImage: Int {
    let (perImage, rest) = plan.outputElementCount.quotientAndRemainder(
      dividingBy: plan.input.batch)
    return rest == 0 ? perImage : 0
  }

  /// `rvg_session_run` with checked pointers.
  func run(
    input: UnsafePointer<Float>, inputCount: Int64, inputStrides: UnsafePointer<Int64>?,
    output: UnsafeMutablePointer<Float>, outputCount: Int64, outputStrides: UnsafePointer<Int64>?
  ) throws {
    let shape = plan.input
    let resultCount = plan.outputElementCount
    let source = try inputStrides.map {
      try StridedLayout(
        shape: shape.dimensions, strides: $0, count: inputCount,
        name: "input")
    }
    let target = try outputStrides.map {
      let perImage = elementsPerImage
      guard perImage > 0 else {
        throw Failure(
          RVG_INVALID_ARGUMENT,
          "the output of shape \(plan.outputShape) has no equal parts for \(shape.batch) images,"
            + " to which output_strides could apply: pass NULL")
      }
      return try StridedLayout(
        shape: [shape.batch, perImage], strides: $0, count: outputCount, name: "output")
    }
    guard target?.isFreeOfOverlap ?? true else {
      throw Failure(RVG_INVALID_ARGUMENT, "the strides of output overlap")
    }
    guard source != nil || inputCount >= shape.elementCount else {
      throw Failure(
        RVG_INVALID_ARGUMENT,
        "the input has \(inputCount) elements, \(shape) needs \(shape.elementCount)")
    }
    guard target != nil || outputCount >= resultCount else {
      throw Failure(
        RVG_INVALID_ARGUMENT, "the output has room for \(outputCount) of \(resultCount) elements")
    }
    try withState { state in
      var images = input
      if let source, !source.isContiguous {
        let buffer =
          try state.contiguousInput ?? ContiguousBuffer(elementCount: shape.elementCount)
        state.contiguousInput = buffer
        source.gather(from: input, to: buffer.memory.base)
        images = UnsafePointer(buffer.memory.base)
      }
      var logits = output
      if let target, !target.isContiguous {
        let buffer = try state.contiguousOutput ?? ContiguousBuffer(elementCount: resultCount)
        state.contiguousOutput = buffer
        logits = buffer.memory.base
      }
      try state.session.run(
        input: UnsafeBufferPointer(start: images, count: shape.elementCount),
        output: UnsafeMutableBufferPointer(start: logits, count: resultCount))
      state.hasRun = true
      if let target, !target.isContiguous { target.scatter(from: logits, to: output) }
    }
  }

  /// The output at an index.
  func output(_ index: Int64) throws -> Output {
    guard outputs.indices.contains(Int(index)) else {
      throw Failure(
        RVG_INVALID_ARGUMENT,
        "there is no output \(index), the session has \(outputs.count)"
          + (plan.options.collectsFeatures ? "" : "; collects_features keeps those after the first")
      )
    }
    return outputs[Int(index)]
  }

  /// The index of the output of a name.
  func outputIndex(_ name: String) throws -> Int {
    if name == plan.outputName { return 0 }
    if let index = plan.features.firstIndex(where: { $0.name == name }) { return index + 1 }
    let names = ([plan.outputName] + plan.features.map(\.name)).joined(separator: ", ")
    throw Failure(
      RVG_INVALID_ARGUMENT,
      "the session has no output of that name, only \(names)"
        + (plan.options.collectsFeatures ? "" : "; collects_features keeps those after the first"))
  }

  /// Copies an output of the last run.
  func copyOutput(_ index: Int64, to output: UnsafeMutablePointer<Float>, count: Int64) throws {
    _ = try self.output(index)
    guard index > 0 else {
      throw Failure(
        RVG_INVALID_ARGUMENT,
        "output 0, \(plan.outputName), is not kept: rvg_session_run writes it to the caller's buffer"
      )
    }
    try copyFeature(plan.features[Int(index) - 1].name, to: output, count: count)
  }

  /// The feature of a name.
  func feature(_ name: String) throws -> Plan.Feature {
    if let feature = plan.features.first(where: { $0.name == name }) { return feature }
    let names = plan.features.map(\.name).joined(separator: ", ")
    throw Failure(
      RVG_INVALID_ARGUMENT,
      plan.features.isEmpty
        ? "the session collects no features"
        : "the session has no feature of that name, only \(names)")
  }

  /// Copies a feature of the last run.
  func copyFeature(
    _ name: String, to output: UnsafeMutablePointer<Float>, count: Int64
  ) throws {
    let needed = try feature(name).shape.reduce(1, *)
    guard count >= needed else {
      throw Failure(
        RVG_INVALID_ARGUMENT,
        "the output has room for \(count) elements, \(name) has \(needed)")
    }
    try withState { state in
      guard state.hasRun else {
        throw Failure(RVG_INVALID_ARGUMENT, "the session has not run yet")
      }
      try state.session.copyFeature(
        name, to: UnsafeMutableBufferPointer(start: output, count: needed))
    }
  }
}
