import CKernels

/// Several layers run image after image: a worker takes an image from the first to the last before
/// it takes the next, so that the activations between them stay in the cache and no join is needed.
///
/// The steps inside are planned for one image and one worker. Their operands move with the image
/// where they hold the whole batch, else each worker has a copy.
struct ImageLoopStep: StepKernel {
  /// A step inside.
  struct Item {
    let kernel: any StepKernel
    /// Where the item's operands, those read before those written, start among all items' operands.
    let firstOperand: Int
    let readCount: Int
    /// The first byte of the step's packed weights, counted from the loop's.
    let weights: Int
  }

  /// Which of the loop's operands one of an item is, and how far it moves.
  struct Operand {
    /// Among those that the loop reads, then those that it writes.
    let index: Int
    let stride: Stride
  }

  /// Bytes from one image to the next, or from one worker's copy to the next.
  enum Stride {
    case image(Int)
    case worker(Int)

    func shift(image: Int, worker: Int) -> Int {
      switch self {
      case .image(let count): count * image
      case .worker(let count): count * worker
      }
    }
  }

  let batch: Int
  let items: [Item]
  /// The operands of all items.
  let operands: [Operand]
  /// The layouts of the values of which each worker has a copy: the first that the loop writes.
  let copies: [ActivationLayout]

  /// Bytes at the start of each worker's scratch that hold addresses.
  static func addressByteCount(operandCount: Int) -> Int {
    (operandCount * MemoryLayout<UnsafeMutableRawPointer>.stride).roundedUp(to: 64)
  }

  func run(_ frame: Frame) { run(frame) { _, _, _ in } }

  /// Runs this worker's share; `inspect` gets an image's number, an item's index and its result,
  /// borders included, for every item but the last, whose result is the step's.
  @inline(__always)
  func run(_ frame: Frame, inspect: (Int, Int, UnsafeBufferPointer<Float>) -> Void) {
    let worker = frame.worker
    for (index, layout) in copies.enumerated() {
      rvgk_zero_borders(
        frame.floats(written: index) + worker * layout.imageStride, 1, Int32(layout.height),
        Int32(layout.width), Int32(layout.border), Int32(layout.storedChannels),
        layout.pixelStride)
    }
    let addresses = frame.scratch.bindMemory(
      to: UnsafeMutableRawPointer.self, capacity: operands.count)
    let scratch = frame.scratch + Self.addressByteCount(operandCount: operands.count)
    for image in frame.share(of: batch) {
      for (index, operand) in operands.enumerated() {
        addresses[index] =
          frame.reads[operand.index] + operand.stride.shift(image: image, worker: worker)
      }
      for (index, item) in items.enumerated() {
        let reads = Frame.Operands(addresses + item.firstOperand)
        item.kernel.run(
          Frame(
            reads: reads, writes: reads + item.readCount, weights: frame.weights + item.weights,
            scratch: scratch, worker: 0, workerCount: 1))
        if index < copies.count {
          let layout = copies[index]
          inspect(
            image, index,
            UnsafeBufferPointer(
              start: frame.floats(written: index) + worker * layout.imageStride,
              count: layout.imageStride))
        }
      }
    }
  }
}
