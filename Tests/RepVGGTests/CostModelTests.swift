import RepVGG
import Testing

@Suite struct CostModelTests {
  private static let machine = Machine(
    kernelLevel: "avx2", caches: CacheSizes(level1ByteCount: 32 << 10, level2ByteCount: 1 << 20))

  /// Nanoseconds of the direct algorithm for a 3x3 layer.
  private func cost(
    batch: Int = 1, size: Int = 14, channels: Int = 64, tape: Int = 1 << 20
  ) -> Double {
    let layout = ActivationLayout(batch: batch, height: size, width: size, channels: channels)
    let shape = ConvolutionShape(
      source: layout, destination: layout, kernelSize: 3, stride: 1, groups: 1)
    return CostModel(machine: Self.machine, tapeByteCount: tape).nanoseconds(
      .direct(
        DirectConvolution.Options(
          panelWidth: Kernels.selected.preferredPanel, depthBlock: 64, linesPerChunk: 4,
          split: .pixels, prefetchDistanceByteCount: 0)),
      LayerRequest(named: "layer", shape: shape, epilogue: .init(), workerCount: 1))
  }

  @Test func moreWorkCostsMore() {
    for step in 1...10 {
      #expect(cost(batch: step).isFinite && cost(batch: step) > 0)
      #expect(cost(batch: step + 1) > cost(batch: step))
      #expect(cost(size: 7 * (step + 1)) > cost(size: 7 * step))
      #expect(cost(channels: 64 * (step + 1)) > cost(channels: 64 * step))
    }
  }

  @Test func weightsFromMemoryCostMoreThanFromTheCache() {
    #expect(cost(size: 1, channels: 512, tape: 1 << 28) > cost(size: 1, channels: 512))
  }
}
