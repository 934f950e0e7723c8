import COpenBLAS
import Measurement
import RepVGG
import Testing

/// Ratios of times of the same run: they hold on slow and on fast machines alike.
@Suite(
  .serialized,
  .enabled(
    if: PerformanceGate.isAlone && Kernels.selected.name != "portable",
    "only scripts/perf-gate has the machine to itself, and portable kernels have no gate"))
struct RatioGateTests {
  @Test func plainIsFasterThanBranched() throws {
    let branched = try PreparedRun("A0", options: PlanOptions(form: .branched))
    let plain = try PreparedRun("A0", options: PlanOptions())
    var (slow, fast) = (ShortestTimes(), ShortestTimes())
    for turn in 0..<60 {
      slow.add(try branched.stepNanoseconds())
      fast.add(try plain.stepNanoseconds())
      if turn >= 8, slow.total >= 1.3 * fast.total { break }
    }
    // Batch norms folded and branches kept, about 1.1 is reached.
    #expect(slow.total >= 1.2 * fast.total)
  }

  /// Every layer against the bare sgemm of its size, and all of them together.
  @Test func layersKeepUpWithTheirProducts() throws {
    let run = try PreparedRun("A0", options: PlanOptions())
    let layers = run.plan.stepDescriptions.filter { $0.convolution != nil }
    let product = try LayerProducts(layers.compactMap(\.convolution))
    // Winograd leaves 0.25 to 0.4 of stride-1 layers, and 0.5 to 0.75 where the stride is 2.
    let limits = layers.map { layer in
      layer.multiplicationCount < 20_000_000 ? 1.5 : layer.convolution?.stride == 2 ? 1.1 : 0.7
    }
    let places = run.plan.stepDescriptions.indices.filter {
      run.plan.stepDescriptions[$0].convolution != nil
    }
    var (layerTimes, productTimes) = (ShortestTimes(), ShortestTimes())
    func ratio(_ index: Int) -> Double {
      Double(layerTimes.nanoseconds[index]) / Double(max(1, productTimes.nanoseconds[index]))
    }
    // More turns while the limits are not kept: a disturbance comes and goes, a regression stays.
    for turn in 0..<60 {
      let times = try run.stepNanoseconds()
      layerTimes.add(places.map { times[$0] })
      productTimes.add(product.nanoseconds())
      let isEnough = layers.indices.allSatisfy { ratio($0) <= limits[$0] * 0.9 }
      if turn >= 8, isEnough, layerTimes.total <= 0.6 * productTimes.total { break }
    }
    for index in layers.indices {
      #expect(ratio(index) <= limits[index], "\(layers[index].name) \(layers[index].algorithm)")
    }
    #expect(layerTimes.total <= 0.7 * productTimes.total)
  }

  /// Edge and channels of layers as the stages of small networks have them.
  static let shapes: [LayerSize] = [
    LayerSize(edge: 56, channels: 64), LayerSize(edge: 28, channels: 128),
    LayerSize(edge: 14, channels: 192),
  ]

  struct LayerSize: Sendable, CustomTestStringConvertible {
    let edge: Int
    let channels: Int
    var testDescription: String { "\(channels)x\(edge)x\(edge)" }
  }

  @Test(arguments: [Algorithm.winograd, .direct], shapes)
  func algorithmBeatsIm2Col(algorithm: Algorithm, size: LayerSize) throws {
    let candidate = try SingleLayer(algorithm, edge: size.edge, channels: size.channels)
    let baseline = try SingleLayer(.im2col, edge: size.edge, channels: size.channels)
    #expect(baseline.name == "im2col")
    #expect(candidate.name.hasPrefix(algorithm.rawValue))
    // Winograd has less than half of the multiplications; direct only saves the copies.
    let limit = algorithm == .winograd ? 1.2 : 0.95
    let ratio = try PerformanceGate.ratio(
      atLeast: limit, { baseline.run() }, { candidate.run() })
    #expect(ratio >= limit)
  }
}

/// The sgemm calls of layers, on operands that are there already, in one thread.
private final class LayerProducts {
  private let sizes: [(rows: Int, depth: Int, columns: Int)]
  private let pixels: AlignedBuffer
  private let kernel: AlignedBuffer
  private let result: AlignedBuffer
  private let offsets: [Int]
  private let blas: BLASRuntime.Library

  init(_ shapes: [ConvolutionShape]) throws {
    BLASRuntime.ownsProcess()
    blas = try BLASRuntime.open()
    sizes = shapes.map {
      (
        $0.destination.batch * $0.destination.height * $0.destination.width,
        $0.tapCount * $0.inputChannelsPerGroup, $0.destination.channels
      )
    }
    // Every layer has a kernel of its own, as in the network.
    var offsets: [Int] = []
    var total = 0
    for size in sizes {
      offsets.append(total)
      total += size.depth * size.columns
    }
    self.offsets = offsets
    pixels = try AlignedBuffer(elementCount: sizes.map { $0.rows * $0.depth }.max() ?? 0)
    kernel = try AlignedBuffer(elementCount: total)
    result = try AlignedBuffer(elementCount: sizes.map { $0.rows * $0.columns }.max() ?? 0)
    for index in 0..<pixels.elementCount { pixels.base[index] = Float(index % 13) * 0.1 - 0.6 }
    for index in 0..<total { kernel.base[index] = Float(index % 17) * 0.01 - 0.08 }
  }

  /// The time of each call.
  func nanoseconds() -> [UInt64] {
    let clock = MonotonicClock()
    return zip(sizes, offsets).map { size, offset in
      let start = clock.nowNanoseconds()
      blas.functions.sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(size.rows), blasint(size.columns),
        blasint(size.depth), 1, pixels.base, blasint(size.depth), kernel.base + offset,
        blasint(size.columns), 0, result.base, blasint(size.columns))
      return clock.nowNanoseconds() - start
    }
  }
}

/// A 3x3 layer by one algorithm, in one thread.
private final class SingleLayer {
  private let algorithm: any ConvolutionAlgorithm
  private let source: AlignedBuffer
  private let destination: AlignedBuffer
  private let weights: AlignedBuffer
  private let bias: AlignedBuffer
  private let scratch: AlignedBuffer

  var name: String { algorithm.name }

  init(_ family: Algorithm, edge: Int, channels: Int) throws {
    BLASRuntime.ownsProcess()
    let layout = ActivationLayout(batch: 1, height: edge, width: edge, channels: channels)
    let shape = ConvolutionShape(
      source: layout, destination: layout, kernelSize: 3, stride: 1, groups: 1)
    let layer = ConvolutionLayer(shape: shape, epilogue: ConvolutionEpilogue(appliesReLU: true))
    let planner = ConvolutionPlanner(options: PlanOptions(algorithm: family))
    algorithm = try planner.algorithms([layer])[0]
    source = try AlignedBuffer(elementCount: layout.elementCount)
    destination = try AlignedBuffer(elementCount: layout.elementCount)
    weights = try AlignedBuffer(elementCount: algorithm.packedElementCount + 32 * 1024)
    bias = try AlignedBuffer(elementCount: 2 * layout.pixelStride)
    scratch = try AlignedBuffer(elementCount: algorithm.scratchElementCount(workerCount: 1))
    algorithm.pack(
      (0..<channels * channels * 9).map { Float($0 % 23) * 0.001 - 0.011 }, into: weights.base)
    for y in 0..<edge {
      for x in 0..<edge {
        let pixel = layout.offset(image: 0, y: y, x: x)
        for channel in 0..<channels { source.base[pixel + channel] = Float((x + y + channel) % 13) }
      }
    }
  }

  func run() {
    algorithm.run(
      ConvolutionOperands(
        source: source.base, destination: destination.base, weights: weights.base,
        bias: bias.base, scratch: scratch.base, worker: 0, workerCount: 1))
  }
}
