import CKernels

/// Several layers run image after image: a worker takes an image from the first to the last before
/// it takes the next, so that what lies between them stays in the cache, and needs no join.
///
/// The steps inside are planned for one image and one worker. Their operands move with the image
/// where they hold the whole batch, else each worker has a copy.
struct ImageLoopStep: Step {
  /// A step inside, and how far its operands move: floats from one image or worker to the next.
  struct Item {
    let step: any Step
    let source: Stride
    let destination: Stride
  }

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
  /// Elements of one of the caller's images.
  let imageElementCount: Int
  let items: [Item]
  /// The activations of which each worker has a copy: layout of the copies, offset in the arena.
  let copies: [(layout: ActivationLayout, offset: Int)]

  func run(_ context: StepContext) { run(context) { _, _, _ in } }

  /// Runs this worker's share; `inspect` gets an image's number, an item's index and its result,
  /// borders included, for every item but the last, whose result is the step's.
  @inline(__always)
  func run(
    _ context: StepContext, inspect: (Int, Int, UnsafeBufferPointer<Float>) -> Void
  ) {
    let worker = context.worker
    for (layout, offset) in copies {
      rvgk_zero_borders(
        context.arena + offset + worker * layout.imageStride, 1, Int32(layout.height),
        Int32(layout.width), layout.pixelStride)
    }
    for image in context.share(of: batch) {
      for (index, item) in items.enumerated() {
        item.step.run(
          StepContext(
            arena: context.arena, scratch: context.scratch, weights: context.weights,
            input: context.input + image * imageElementCount, output: context.output,
            features: context.features, worker: 0, workerCount: 1,
            sourceShift: item.source.shift(image: image, worker: worker),
            destinationShift: item.destination.shift(image: image, worker: worker)))
        if index < copies.count {
          let (layout, offset) = copies[index]
          inspect(
            image, index,
            UnsafeBufferPointer(
              start: context.arena + offset + worker * layout.imageStride,
              count: layout.imageStride))
        }
      }
    }
  }
}
