import COpenBLAS
import RepVGG

/// The sgemm calls of layers, on operands that exist already.
///
/// Every worker multiplies its share of the pixels, as a layer does.
final class BareProduct: PoolJob {
  private let shapes: [ConvolutionShape]
  private let pool: ThreadPool
  private let blas: BLASRuntime.Library
  private let pixels: AlignedBuffer
  private let kernels: [OwnedBuffer]
  private let results: AlignedBuffer
  /// The layer whose operands are multiplied.
  private var index = 0

  /// An owner of one buffer: arrays hold no noncopyable values.
  private final class OwnedBuffer {
    let buffer: AlignedBuffer
    init(elementCount: Int) throws(RepVGGError) {
      buffer = try AlignedBuffer(elementCount: elementCount)
      for index in 0..<elementCount { buffer.base[index] = Float(index % 17) * 0.01 - 0.08 }
    }
  }

  init(_ shapes: [ConvolutionShape], threadCount: Int) throws(RepVGGError) {
    blas = try BLASRuntime.open()
    self.shapes = shapes
    pool = try ThreadPool(workerCount: threadCount)
    pixels = try AlignedBuffer(
      elementCount: shapes.map { $0.pixelCount * $0.depth }.max() ?? 0)
    results = try AlignedBuffer(
      elementCount: shapes.map { $0.pixelCount * $0.destination.channels }.max() ?? 0)
    var kernels: [OwnedBuffer] = []
    for shape in shapes {
      kernels.append(
        try OwnedBuffer(elementCount: shape.depth * shape.destination.channels))
    }
    self.kernels = kernels
    for index in 0..<pixels.elementCount { pixels.base[index] = Float(index % 13) * 0.1 - 0.6 }
  }

  /// Multiplies one layer's operands.
  func run(_ index: Int) {
    self.index = index
    pool.run(self)
  }

  func work(_ worker: Int) {
    let shape = shapes[index]
    let (depth, columns) = (shape.depth, shape.outputChannelsPerGroup)
    let rows = workerShare(shape.pixelCount, worker: worker, count: pool.workerCount)
    guard !rows.isEmpty else { return }
    for group in 0..<shape.groups {
      blas.functions.sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows.count), blasint(columns),
        blasint(depth),
        1, pixels.base + rows.lowerBound * depth, blasint(depth),
        kernels[index].buffer.base + group * depth * columns, blasint(columns), 0,
        results.base + rows.lowerBound * shape.destination.channels + group * columns,
        blasint(shape.destination.channels))
    }
  }
}
