import RepVGG

/// Convolution layers outside of any network, run one after the other with a join after each.
final class LayerSequence: PoolJob {
  private let layers: [Layer]
  private let pool: ThreadPool
  private let source: AlignedBuffer
  private let scratch: AlignedBuffer
  private let scratchElementCount: Int

  private final class Layer {
    let algorithm: any ConvolutionAlgorithm
    let weights: AlignedBuffer
    let bias: AlignedBuffer
    let destination: AlignedBuffer

    init(_ algorithm: any ConvolutionAlgorithm) throws(RepVGGError) {
      self.algorithm = algorithm
      let shape = algorithm.shape
      weights = try AlignedBuffer(elementCount: algorithm.packedElementCount + 32 * 1024)
      bias = try AlignedBuffer(elementCount: 2 * shape.destination.pixelStride)
      destination = try AlignedBuffer(elementCount: shape.destination.elementCount)
      let taps = shape.inputChannelsPerGroup * shape.tapCount
      algorithm.pack(
        (0..<shape.destination.channels * taps).map { Float($0 % 23) * 0.001 - 0.011 },
        into: weights.base)
    }
  }

  /// What the algorithms of the layers are, without repetition.
  let algorithmNames: [String]

  /// Layers that read the same source, each by the algorithm that a plan would choose.
  init(
    _ shapes: [ConvolutionShape], threadCount: Int, cpus: [Int] = [],
    algorithm: Algorithm = .auto
  ) throws(RepVGGError) {
    let epilogue = ConvolutionEpilogue(appliesReLU: true)
    let planner = ConvolutionPlanner(
      options: PlanOptions(threadCount: threadCount, algorithm: algorithm))
    layers = try planner.algorithms(
      shapes.map { ConvolutionLayer(shape: $0, epilogue: epilogue, workerCount: threadCount) }
    ).map { algorithm throws(RepVGGError) in try Layer(algorithm) }
    algorithmNames = layers.map(\.algorithm.name).reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    pool = try ThreadPool(workerCount: threadCount, cpus: cpus)
    let needed =
      layers.map { $0.algorithm.scratchElementCount(workerCount: threadCount) }.max() ?? 0
    scratchElementCount = needed.roundedUp(to: 1024)
    scratch = try AlignedBuffer(elementCount: scratchElementCount * threadCount)
    source = try AlignedBuffer(elementCount: shapes.map(\.source.elementCount).max() ?? 0)
    // Inside the border only: algorithms rely on its zeros.
    guard let layout = shapes.first?.source else { return }
    for image in 0..<layout.batch {
      for y in 0..<layout.height {
        for x in 0..<layout.width {
          let pixel = layout.offset(image: image, y: y, x: x)
          for channel in 0..<layout.channels {
            source.base[pixel + channel] = Float((x + 3 * y + channel) % 13) * 0.1 - 0.6
          }
        }
      }
    }
  }

  /// Computes all layers once.
  func run() {
    pool.run(self)
  }

  func work(_ worker: Int) {
    for layer in layers {
      layer.algorithm.run(
        ConvolutionOperands(
          source: source.base, destination: layer.destination.base, weights: layer.weights.base,
          bias: layer.bias.base, scratch: scratch.base + worker * scratchElementCount,
          worker: worker, workerCount: pool.workerCount))
      pool.barrier()
    }
  }

  /// A stride-1 layer of equal height and width.
  static func shape(
    edge: Int, inputs: Int, outputs: Int, kernelSize: Int, batch: Int = 1
  ) -> ConvolutionShape {
    ConvolutionShape(
      source: ActivationLayout(batch: batch, height: edge, width: edge, channels: inputs),
      destination: ActivationLayout(batch: batch, height: edge, width: edge, channels: outputs),
      kernelSize: kernelSize, stride: 1, groups: 1)
  }
}
