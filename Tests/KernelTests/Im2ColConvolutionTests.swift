import RepVGG
import Testing

@Suite struct Im2ColConvolutionTests {
  static let cases: [ConvolutionCase] = [
    // The stem's three channels are not padded.
    ConvolutionCase(height: 9, width: 11, from: 3, to: 48, stride: 2),
    ConvolutionCase(batch: 2, height: 7, width: 30, from: 3, to: 20, epilogue: .init()),
    ConvolutionCase(batch: 3, height: 5, width: 7, from: 16, to: 32),
    ConvolutionCase(batch: 2, height: 1, width: 1, from: 16, to: 16, stride: 2),
    ConvolutionCase(height: 6, width: 29, from: 40, to: 24, stride: 2, epilogue: .init()),
    // Several slices an image, the last one of fewer rows.
    ConvolutionCase(batch: 2, height: 37, width: 19, from: 64, to: 16),
    ConvolutionCase(
      height: 6, width: 5, from: 40, to: 40,
      epilogue: .init(accumulates: true, addsScaledIdentity: true, appliesReLU: true)),
    ConvolutionCase(
      height: 3, width: 19, from: 160, to: 160, groups: 4,
      epilogue: .init(addsScaledIdentity: true)),
    ConvolutionCase(
      batch: 2, height: 5, width: 6, from: 40, to: 40, groups: 2,
      epilogue: .init(accumulates: true, addsScaledIdentity: true)),
    ConvolutionCase(
      batch: 2, height: 13, width: 8, from: 64, to: 48, stride: 2, groups: 2,
      epilogue: .init(accumulates: true)),
    // Without patches where the stride is 1.
    ConvolutionCase(batch: 2, height: 7, width: 7, from: 24, to: 40, kernelSize: 1, stride: 2),
    ConvolutionCase(height: 5, width: 9, from: 24, to: 40, kernelSize: 1, epilogue: .init()),
    ConvolutionCase(
      batch: 2, height: 4, width: 15, from: 40, to: 40, kernelSize: 1, groups: 4,
      epilogue: .init(accumulates: true, addsScaledIdentity: true, appliesReLU: true)),
    ConvolutionCase(
      height: 7, width: 6, from: 64, to: 32, kernelSize: 1, stride: 2, groups: 2,
      epilogue: .init(accumulates: true)),
  ]

  /// One worker, several, and more than there are rows.
  @Test(arguments: cases.indices, [1, 3, 80])
  func matchesTheOracle(index: Int, workerCount: Int) throws {
    let layer = Self.cases[index]
    let outcome = try Self.run(layer, workerCount: workerCount)
    #expect(outcome.intact, "\(layer.shape)")
    #expect(outcome.worst <= 1, "\(layer.shape)")
    #expect(outcome.worst > 0.0005, "\(layer.shape): the bound is too loose to find a defect")
  }

  @Test(arguments: cases.indices) func aTapThatIsLeftOutBreaksTheBound(index: Int) throws {
    let layer = Self.cases[index]
    let outcome = try Self.run(layer, kernel: layer.kernelWithoutATap)
    #expect(outcome.intact && outcome.worst > 1, "\(layer.shape)")
  }

  @Test func refusesShapesThatContradictThemselves() {
    let layer = ConvolutionCase(height: 4, width: 4, from: 16, to: 32)
    let (source, destination) = (layer.shape.source, layer.shape.destination)
    for (stride, groups, epilogue) in [
      (2, 1, ConvolutionEpilogue()), (3, 1, .init()), (1, 3, .init()), (1, 0, .init()),
      (1, 1, .init(addsScaledIdentity: true)),
    ] {
      let shape = ConvolutionShape(
        source: source, destination: destination, kernelSize: 3, stride: stride, groups: groups)
      #expect(throws: RepVGGError.self) {
        try Im2ColConvolution(
          ConvolutionLayer(shape: shape, epilogue: epilogue), kernels: .selected)
      }
    }
  }

  /// Sums in any order: a rounding for each product and sum, for the bias and for the summands.
  private static func run(
    _ layer: ConvolutionCase, kernel: [Float]? = nil, workerCount: Int = 1
  ) throws -> ConvolutionCase.Outcome {
    let algorithm = try Im2ColConvolution(
      layer.layer(workerCount: workerCount), kernels: .selected)
    return layer.run(
      algorithm, kernel: kernel, packsIntoZeros: true, workerCount: workerCount
    ) { _, magnitude in gamma(layer.depth + 6) * magnitude + 1e-30 }
  }
}
