/// The elements of one or several tensors in another order or storage.
struct RearrangeOperation: PlannedOperation {
  /// For each element of the result, row-major, where it comes from: an index into the elements of all
  /// operands in turn, negative for zero; nil for the same order.
  let sources: [Int32]?
  var algorithm: String { sources == nil ? "layout" : "rearrange" }

  /// The same elements in another storage.
  static let copy = RearrangeOperation(sources: nil)

  func planned(
    _ reads: [StoredTensor], _ result: StoredTensor, _ kernels: Kernels
  ) throws(RepVGGError) -> PlannedStep {
    if sources == nil, let source = reads.first {
      if source.storage == .image, result.storage == .dense {
        return PlannedStep(kernel: FeatureStep(layout: source.layout, kernels: kernels))
      }
      if source.storage == .dense, result.storage == .image {
        return PlannedStep(kernel: InputConversionStep(layout: result.layout, kernels: kernels))
      }
    }
    return PlannedStep(
      kernel: RearrangeStep(
        moves: try ElementMoves(sources, reads, result), padding: PixelPadding(result)))
  }
}

/// Runs of elements that are copied: from one operand, at even steps on both sides.
struct ElementMoves: Sendable {
  struct Run: Sendable {
    /// The operand; negative for zeros.
    var operand: Int32
    var count: Int32
    var source: Int32
    var sourceStep: Int32
    var destination: Int32
    var destinationStep: Int32
  }

  private(set) var runs: [Run] = []

  init(
    _ sources: [Int32]?, _ reads: [StoredTensor], _ result: StoredTensor
  ) throws(RepVGGError) {
    guard ([result] + reads).allSatisfy({ $0.layout.elementCount <= Int(Int32.max) }) else {
      throw RepVGGError(.unsupported, "rearranges tensors that are too large for 32-bit counts")
    }
    // In the order in which the result is stored, so that runs are long.
    let order = StridedLoop(
      shape: result.shape, strides: [result.strides, ReferenceTensor.strides(of: result.shape)],
      starts: [result.offset, 0])
    let places = reads.map { read in
      StridedRows(read.shape, strides: [read.strides], starts: [read.offset]).sources()
    }
    var firsts: [Int] = []
    for read in reads { firsts.append((firsts.last ?? 0) + read.count) }
    var operand = 0
    for row in 0..<order.rowCount {
      var destination = order.start(of: 0, row: row)
      var index = order.start(of: 1, row: row)
      for _ in 0..<order.rowLength {
        let source = sources.map { Int($0[index]) } ?? index
        if source < 0 {
          append(operand: -1, source: 0, destination: destination)
        } else {
          while source >= firsts[operand] { operand += 1 }
          while operand > 0, source < firsts[operand - 1] { operand -= 1 }
          let start = operand == 0 ? 0 : firsts[operand - 1]
          append(
            operand: operand, source: Int(places[operand][source - start]),
            destination: destination)
        }
        destination += order.steps[0]
        index += order.steps[1]
      }
    }
  }

  /// Appends an element to the last run, or a new run.
  private mutating func append(operand: Int, source: Int, destination: Int) {
    if var last = runs.last, Int(last.operand) == operand {
      let sourceStep = operand < 0 ? 0 : source - Int(last.source)
      let destinationStep = destination - Int(last.destination)
      if last.count == 1 {
        last.sourceStep = Int32(sourceStep)
        last.destinationStep = Int32(destinationStep)
      }
      if sourceStep == Int(last.count) * Int(last.sourceStep),
        destinationStep == Int(last.count) * Int(last.destinationStep)
      {
        last.count += 1
        runs[runs.count - 1] = last
        return
      }
    }
    runs.append(
      Run(
        operand: Int32(operand), count: 1, source: Int32(source), sourceStep: 0,
        destination: Int32(destination), destinationStep: 0))
  }
}

/// The floats of a result's pixels past their channels, which get zeros.
struct PixelPadding: Sendable {
  private let layout: ActivationLayout

  init(_ result: StoredTensor) { layout = result.layout }

  /// Writes this worker's share.
  func clear(_ destination: UnsafeMutablePointer<Float>, _ frame: Frame) {
    let padding = layout.storedChannels - layout.channels
    guard padding > 0 else { return }
    for row in frame.share(of: layout.batch * layout.height) {
      let (image, y) = row.quotientAndRemainder(dividingBy: layout.height)
      for x in 0..<layout.width {
        (destination + layout.offset(image: image, y: y, x: x) + layout.channels)
          .update(repeating: 0, count: padding)
      }
    }
  }
}

/// Copies runs of elements.
///
/// Reads the operands, writes the result.
struct RearrangeStep: StepKernel {
  let moves: ElementMoves
  let padding: PixelPadding

  func run(_ frame: Frame) {
    let target = frame.floats(written: 0)
    padding.clear(target, frame)
    for index in frame.share(of: moves.runs.count) {
      let run = moves.runs[index]
      let (count, step) = (Int(run.count), Int(run.destinationStep))
      var to = target + Int(run.destination)
      guard run.operand >= 0 else {
        for _ in 0..<count {
          to.pointee = 0
          to += step
        }
        continue
      }
      var from = frame.floats(read: Int(run.operand)) + Int(run.source)
      if step == 1, run.sourceStep == 1 {
        to.update(from: from, count: count)
        continue
      }
      for _ in 0..<count {
        to.pointee = from.pointee
        to += step
        from += Int(run.sourceStep)
      }
    }
  }
}
