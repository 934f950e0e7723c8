import RepVGG
import Testing

/// What the cost model says of one layer, on described machines.
@Suite struct CostModelTests {
  private func model(
    _ design: CoreDesign, _ level: Kernels.Level = .avx2, level2: Int = 1 << 20,
    tape: Int = 30_000_000
  ) throws -> CostModel {
    let kernels = try #require(Kernels(planningFor: level))
    return CostModel(
      machine: Machine(
        design, kernels: kernels,
        caches: CacheSizes(level1ByteCount: 32 << 10, level2ByteCount: level2)),
      tapeByteCount: tape)
  }

  /// A 3x3 layer of equal channels.
  private func layer(edge: Int, channels: Int, batch: Int = 1, workers: Int = 1) -> LayerRequest {
    let layout = ActivationLayout(batch: batch, height: edge, width: edge, channels: channels)
    return LayerRequest(
      named: "layer",
      shape: ConvolutionShape(
        source: layout, destination: layout, kernelSize: 3, stride: 1, groups: 1),
      epilogue: ConvolutionEpilogue(), workerCount: workers)
  }

  private func direct(split: WorkSplit = .pixels) -> LayerChoice {
    .direct(
      DirectConvolution.Options(
        panelWidth: 16, depthBlock: 256, linesPerChunk: 14, split: split,
        prefetchDistanceByteCount: 0))
  }

  /// Two multiply-adds of a register's floats per cycle at 4.5 GHz are more than any of them does.
  @Test(arguments: CoreDesign.described + [.unknown])
  func noLayerIsFasterThanTheMultipliers(design: CoreDesign) throws {
    let request = layer(edge: 56, channels: 64)
    let products = Double(request.shape.multiplicationCount)
    for choice in [direct(), .im2col] {
      #expect(try model(design).nanoseconds(choice, request) > products / (2 * 8 * 4.5))
      #expect(try model(design, .avx512).nanoseconds(choice, request) > products / (2 * 16 * 4.5))
    }
  }

  @Test func fasterCoresAndMoreWorkersTakeLess() throws {
    let (one, two) = (layer(edge: 56, channels: 64), layer(edge: 56, channels: 64, workers: 2))
    let intel = try model(.intelServer, .avx512)
    let zen5 = try model(.zen5, .avx512)
    #expect(zen5.nanoseconds(direct(), one) < intel.nanoseconds(direct(), one))
    #expect(intel.nanoseconds(direct(), two) < intel.nanoseconds(direct(), one))
    #expect(intel.nanoseconds(direct(), two) > intel.nanoseconds(direct(), one) / 2)
  }

  /// A deep layer of few pixels waits for its weights, which come slower from a longer tape.
  @Test func weightsCountWhereTheyDoNotStayInTheCache() throws {
    let deep = layer(edge: 2, channels: 512)
    let short = try model(.intelServer, .avx512, tape: 20_000_000)
    let long = try model(.intelServer, .avx512, tape: 300_000_000)
    #expect(long.nanoseconds(direct(), deep) > 1.5 * short.nanoseconds(direct(), deep))
    let wide = layer(edge: 112, channels: 32)
    #expect(long.nanoseconds(direct(), wide) < 1.01 * short.nanoseconds(direct(), wide))
  }
}
