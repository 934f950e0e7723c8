import RepVGG
import TestSupport
import Testing

@Suite struct DirectConvolutionTests {
  static let cases: [ConvolutionCase] = [
    ConvolutionCase(height: 9, width: 11, from: 3, to: 48, stride: 2),
    ConvolutionCase(batch: 2, height: 7, width: 30, from: 3, to: 20, stride: 2),
    ConvolutionCase(batch: 3, height: 5, width: 7, from: 16, to: 32),
    ConvolutionCase(height: 6, width: 29, from: 32, to: 80, stride: 2),
    ConvolutionCase(batch: 2, height: 1, width: 1, from: 16, to: 16),
    ConvolutionCase(height: 4, width: 17, from: 40, to: 24),
    ConvolutionCase(
      height: 6, width: 5, from: 16, to: 16,
      epilogue: .init(accumulates: true, addsScaledIdentity: true, appliesReLU: true)),
    ConvolutionCase(
      height: 3, width: 19, from: 160, to: 160, groups: 4,
      epilogue: .init(addsScaledIdentity: true)),
    ConvolutionCase(
      batch: 2, height: 5, width: 6, from: 40, to: 40, groups: 2,
      epilogue: .init(accumulates: true, addsScaledIdentity: true)),
    ConvolutionCase(height: 7, width: 7, from: 24, to: 40, kernelSize: 1, stride: 2),
    ConvolutionCase(
      batch: 2, height: 4, width: 15, from: 64, to: 64, kernelSize: 1, groups: 4,
      epilogue: .init(accumulates: true)),
  ]

  @Test(arguments: Kernels.reachable)
  func matchesTheOracle(kernels: Kernels) throws {
    for layer in Self.cases {
      var random = SeededGenerator(seed: 7)
      for width in stride(
        from: kernels.panelStep, through: kernels.widestPanel, by: kernels.panelStep)
      {
        // One block and several, several workers of either kind, prefetch on and off.
        for (block, lines, workers, split) in [
          (4096, 100, 1, WorkSplit.pixels), (20, 3, 2, .pixels), (33, 2, 3, .outputChannels),
        ] {
          let algorithm = try DirectConvolution(
            layer.layer(workerCount: workers),
            method: .init(
              panelWidth: width, depthBlock: block, linesPerChunk: lines, split: split,
              prefetchDistanceByteCount: random.float() < 0 ? 0 : 4096),
            kernels: kernels)
          let outcome = layer.run(algorithm, workerCount: workers) { _, magnitude in
            gamma(layer.depth + 6) * magnitude + 1e-30
          }
          #expect(outcome.intact, "\(layer.shape) panel \(width) at \(kernels.name)")
          #expect(outcome.worst <= 1, "\(layer.shape) panel \(width) at \(kernels.name)")
        }
      }
    }
  }

  @Test func refusesWhatItCannotDo() {
    let layer = ConvolutionCase(height: 3, width: 3, from: 16, to: 16)
    let shape = ConvolutionShape(
      source: layer.shape.source, destination: layer.shape.destination, kernelSize: 5, stride: 1,
      groups: 1)
    #expect(throws: RepVGGError.self) {
      try DirectConvolution(
        ConvolutionLayer(shape: shape),
        method: .init(
          panelWidth: Kernels.selected.preferredPanel, depthBlock: 64, linesPerChunk: 1,
          split: .pixels, prefetchDistanceByteCount: 0), kernels: .selected)
    }
  }
}
