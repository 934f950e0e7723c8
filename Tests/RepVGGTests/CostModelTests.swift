import RepVGG
import Testing

/// What the cost model says of one layer, on described machines.
@Suite struct CostModelTests {
  private func model(
    _ design: CoreDesign, _ level: Kernels.Level = .avx2, level2: Int = 1 << 20,
    weights: Int = 30_000_000
  ) throws -> CostModel {
    let kernels = try #require(Kernels(planningFor: level))
    return CostModel(
      machine: Machine(
        design, kernels: kernels,
        caches: CacheSizes(level1ByteCount: 32 << 10, level2ByteCount: level2)),
      packedWeightByteCount: weights)
  }

  /// A 3x3 layer of equal channels.
  private func layer(edge: Int, channels: Int, batch: Int = 1, workers: Int = 1) -> ConvolutionLayer
  {
    let layout = ActivationLayout(batch: batch, height: edge, width: edge, channels: channels)
    return ConvolutionLayer(
      shape: ConvolutionShape(
        source: layout, destination: layout, kernelSize: 3, stride: 1, groups: 1),
      workerCount: workers)
  }

  private let direct = DirectMethod(
    panelWidth: 16, depthBlock: 256, linesPerChunk: 14, split: .pixels)

  /// Two multiply-adds of a register's floats per cycle at 4.5 GHz are more than any of them does.
  @Test(arguments: CoreDesign.described + [.unknown])
  func noLayerIsFasterThanTheMultipliers(design: CoreDesign) throws {
    let layer = layer(edge: 56, channels: 64)
    let products = Double(layer.shape.multiplicationCount)
    for method in [direct, Im2ColMethod()] as [any ConvolutionMethod] {
      for (level, lanes) in [(Kernels.Level.avx2, 8.0), (.avx512, 16)] {
        let model = try model(design, level)
        let work = method.work(of: layer, kernels: model.machine.kernels)
        #expect(model.nanoseconds(work) > products / (2 * lanes * 4.5))
      }
    }
  }

  @Test func fasterCoresAndMoreWorkersTakeLess() throws {
    let intel = try model(.intelServer, .avx512)
    let zen5 = try model(.zen5, .avx512)
    let kernels = intel.machine.kernels
    let one = direct.work(of: layer(edge: 56, channels: 64), kernels: kernels)
    let two = direct.work(of: layer(edge: 56, channels: 64, workers: 2), kernels: kernels)
    #expect(zen5.nanoseconds(one) < intel.nanoseconds(one))
    #expect(intel.nanoseconds(two) < intel.nanoseconds(one))
    #expect(intel.nanoseconds(two) > intel.nanoseconds(one) / 2)
  }

  /// A deep layer of few pixels waits for its weights, which come slower where there are more.
  @Test func weightsCountWhereTheyDoNotStayInTheCache() throws {
    let short = try model(.intelServer, .avx512, weights: 20_000_000)
    let long = try model(.intelServer, .avx512, weights: 300_000_000)
    let kernels = long.machine.kernels
    let deep = direct.work(of: layer(edge: 2, channels: 512), kernels: kernels)
    #expect(long.nanoseconds(deep) > 1.5 * short.nanoseconds(deep))
    let wide = direct.work(of: layer(edge: 112, channels: 32), kernels: kernels)
    #expect(long.nanoseconds(wide) < 1.01 * short.nanoseconds(wide))
  }
}
