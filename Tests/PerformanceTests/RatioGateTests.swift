import COpenBLAS
import Measurement
import RepVGG
import Testing

/// Ratios of times of the same run: they hold on slow and on fast machines alike.
@Suite(.serialized, .enabled(if: PerformanceGate.isAlone && Kernels.selected.name != "portable"))
struct RatioGateTests {
  @Test func plainIsFasterThanBranched() throws {
    let branched = try PreparedRun("A0", options: PlanOptions(form: .branched))
    let plain = try PreparedRun("A0", options: PlanOptions())
    let ratio = try PerformanceGate.bestRatio(
      atLeast: 1.3, { try branched.run() }, { try plain.run() })
    #expect(ratio >= 1.3)
  }

  @Test func layersKeepUpWithTheirProducts() throws {
    let run = try PreparedRun("A0", options: PlanOptions())
    let product = try LayerProducts(run.plan.stepDescriptions.compactMap(\.convolution))
    let clock = MonotonicClock()
    var best = Double.infinity
    for _ in 0..<4 where best > 1.6 {
      var layers: [Double] = []
      var products: [Double] = []
      for turn in 0..<8 {
        let layer = try run.convolutionNanoseconds()
        let start = clock.nowNanoseconds()
        product.run()
        let bare = Double(clock.nowNanoseconds() - start)
        // The first turns warm up.
        guard turn > 1 else { continue }
        layers.append(layer)
        products.append(bare)
      }
      let medians = (try #require(SampleSummary(layers)), try #require(SampleSummary(products)))
      best = min(best, medians.0.median / medians.1.median)
    }
    #expect(best <= 1.6)
  }

  @Test(arguments: [Algorithm.winograd, .direct])
  func algorithmBeatsIm2Col(algorithm: Algorithm) throws {
    let candidate = try SingleLayer(algorithm)
    let baseline = try SingleLayer(.im2col)
    #expect(baseline.name == "im2col")
    #expect(candidate.name.hasPrefix(algorithm.rawValue))
    let ratio = try PerformanceGate.bestRatio(
      atLeast: 1.02, { baseline.run() }, { candidate.run() })
    #expect(ratio > 1)
  }
}

/// The sgemm calls of layers, on operands that are there already, in one thread.
private final class LayerProducts {
  private let sizes: [(rows: Int, depth: Int, columns: Int)]
  private let pixels: AlignedBuffer
  private let kernel: AlignedBuffer
  private let result: AlignedBuffer
  private let offsets: [Int]

  init(_ shapes: [ConvolutionShape]) throws {
    BLASRuntime.prepare()
    sizes = shapes.map {
      (
        $0.destination.batch * $0.destination.height * $0.destination.width,
        $0.kernelSize * $0.kernelSize * $0.inputChannelsPerGroup, $0.destination.channels
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

  func run() {
    for (size, offset) in zip(sizes, offsets) {
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(size.rows), blasint(size.columns),
        blasint(size.depth), 1, pixels.base, blasint(size.depth), kernel.base + offset,
        blasint(size.columns), 0, result.base, blasint(size.columns))
    }
  }
}

/// A layer of 192 channels and 14x14 pixels by one algorithm, in one thread.
private final class SingleLayer {
  private let algorithm: any ConvolutionAlgorithm
  private let source: AlignedBuffer
  private let destination: AlignedBuffer
  private let weights: AlignedBuffer
  private let bias: AlignedBuffer
  private let scratch: AlignedBuffer

  var name: String { algorithm.name }

  init(_ family: Algorithm) throws {
    BLASRuntime.prepare()
    let layout = ActivationLayout(batch: 1, height: 14, width: 14, channels: 192)
    let shape = ConvolutionShape(
      source: layout, destination: layout, kernelSize: 3, stride: 1, groups: 1)
    let epilogue = ConvolutionEpilogue(appliesReLU: true)
    let request = LayerRequest(named: "layer", shape: shape, epilogue: epilogue)
    let planner = ConvolutionPlanner(options: PlanOptions(algorithm: family))
    let choice = try #require(planner.choices([request])["layer"])
    algorithm = try choice.algorithm(shape: shape, epilogue: epilogue, workerCount: 1)
    source = try AlignedBuffer(elementCount: layout.elementCount)
    destination = try AlignedBuffer(elementCount: layout.elementCount)
    weights = try AlignedBuffer(elementCount: algorithm.packedElementCount + 32 * 1024)
    bias = try AlignedBuffer(elementCount: 2 * layout.pixelStride)
    scratch = try AlignedBuffer(elementCount: algorithm.scratchElementCount(workerCount: 1))
    algorithm.pack(
      (0..<192 * 192 * 9).map { Float($0 % 23) * 0.001 - 0.011 }, into: weights.base)
    for y in 0..<14 {
      for x in 0..<14 {
        let pixel = layout.offset(image: 0, y: y, x: x)
        for channel in 0..<192 { source.base[pixel + channel] = Float((x + y + channel) % 13) }
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
