import Foundation
import RepVGG
import RepVGGImaging
import TestSupport
import Testing

/// The articles' examples do what the articles say.
@Suite struct LibraryExampleTests {
  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures")

  private static func fixture(_ name: String) -> String { fixtures.appending(path: name).path }
  private static func values(_ name: String) throws -> [Float] {
    try NPYArray(contentsOf: fixture("tiny/\(name).npy")).floats()
  }

  private static let checkpoint = fixture("tiny/train.pth")

  private static func plan() throws -> Plan {
    try Plan(
      Network(contentsOf: checkpoint), input: InputShape(batch: 2, height: 48, width: 48))
  }

  @Test func describesACheckpoint() throws {
    let text = try describe(checkpoint: Self.checkpoint)
    #expect(text.contains("branched, official: "))
    #expect(text.hasSuffix("multiplications for an image of 224x224"))
  }

  @Test func computesLogits() throws {
    let computed = try logits(
      checkpoint: Self.checkpoint, images: Self.values("input"), size: 48)
    #expect(try relativeL2(computed, Self.values("logits_train")) <= 1e-5)
    // A measure that is small for anything would show nothing.
    #expect(try relativeL2(computed.reversed(), Self.values("logits_train")) > 0.1)
  }

  @Test func servesInTurnAndAtOnce() async throws {
    let images = try Self.values("input")
    let batches = [images, images.reversed(), images]
    let plan = try Self.plan()
    var served: [[Float]] = []
    try serve(batches, plan: plan) { served.append($0) }
    #expect(try relativeL2(served[0], Self.values("logits_train")) <= 1e-5)
    #expect(served[0] == served[2] && served[0] != served[1])
    #expect(try await concurrentLogits(batches, plan: plan) == served)
  }

  @Test func policiesDifferInMemory() throws {
    let sizes = try [Policy.fast, .exact, .compact].map {
      try packedMegabytes(checkpoint: Self.checkpoint, policy: $0)
    }
    #expect(sizes[2] <= sizes[0] && sizes.allSatisfy { $0 > 0.3 })
  }

  @Test func deploys() throws {
    let output = FileManager.default.temporaryDirectory
      .appending(path: "\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: output) }
    try deploy(checkpoint: Self.checkpoint, to: output)
    let network = try Network(contentsOf: output)
    #expect(network.isMerged)
    let computed = try logits(checkpoint: output, images: Self.values("input"), size: 48)
    #expect(try relativeL2(computed, Self.values("logits_train")) <= 1e-5)
  }

  @Test func tellsWhatIsWrong() {
    #expect(open(Self.checkpoint) != nil)
    #expect(open(Self.fixture("tiny/none.pth")) == nil)
    #expect(open(Self.fixture("tiny/input.npy")) == nil)
  }

  @Test func givesAPyramid() throws {
    let image = Array(try Self.values("input").prefix(3 * 48 * 48))
    let features = try pyramid(
      checkpoint: Self.checkpoint, image: image, height: 48, width: 48)
    #expect(features.map(\.name) == (0..<5).map { "stage\($0)" })
    for (index, feature) in features.enumerated() {
      let expected = try NPYArray(contentsOf: Self.fixture("tiny/stage\(index)_train.npy"))
      #expect(feature.shape == [1] + expected.shape.dropFirst())
      let first = try Array(expected.floats().prefix(feature.values.count))
      #expect(relativeL2(feature.values, first) <= 1e-5)
      // The strides of the article's table, rounded up.
      #expect(feature.shape[2] == (48 + (2 << index) - 1) / (2 << index))
    }
  }

  /// A pixel of an image changes the features around the place that the article names, evenly.
  @Test(arguments: [80, 82]) func featuresAreCentredAtMultiplesOfTheStride(x: Int) throws {
    let size = 160
    let black = [Float](repeating: 0, count: 3 * size * size)
    var image = black
    for channel in 0..<3 { image[(channel * size + size / 2) * size + x] = 100 }
    let pair = try [black, image].map {
      try pyramid(checkpoint: Self.checkpoint, image: $0, height: size, width: size)[1]
    }
    let width = pair[0].shape[3]
    let differences = zip(pair[0].values, pair[1].values).map { abs($0 - $1) }
    let largest = try #require(differences.max())
    // More than rounding: algorithms compute neighbours together.
    let columns = differences.indices.filter { differences[$0] > 1e-4 * largest }
      .map { $0 % width }
    let (first, last) = (try #require(columns.min()), try #require(columns.max()))
    // At stride 4, input column 82 lies between columns 20 and 21.
    #expect(2 * (first + last) == x && last - first < 3)
  }

  @Test func keepsAPlanForEachPaddedSize() throws {
    let network = try Network(contentsOf: Self.checkpoint)
    var plans: [InputShape: Plan] = [:]
    let first = try paddedPlan(network, height: 100, width: 130, plans: &plans)
    #expect(first.input.height == 128 && first.input.width == 256)
    #expect(try paddedPlan(network, height: 128, width: 129, plans: &plans) === first)
    #expect(try paddedPlan(network, height: 129, width: 129, plans: &plans) !== first)
  }

  @Test func mergesABlock() throws {
    let network = try Network(contentsOf: Self.checkpoint)
    let plain = try network.reparameterized()
    for (block, expected) in zip(network.blocks, plain.blocks) {
      guard case .convolution(let convolution) = expected.body else {
        Issue.record("a block of a plain network is one convolution")
        continue
      }
      let (kernel, bias) = try mergedKernel(
        of: block.body, inputChannels: block.geometry.inputChannels)
      #expect(try kernel == convolution.kernel.floats() && bias == convolution.bias?.floats())
    }
  }

  @Test func mergesABlockOfItsOwn() throws {
    func tensor(_ shape: [Int], _ offset: Float) -> Tensor {
      let count = shape.reduce(1, *)
      return Tensor(shape: shape, elements: (0..<count).map { offset + Float($0) / 64 })
    }
    let norm = BatchNorm(
      gamma: tensor([4], 1), beta: tensor([4], 0), mean: tensor([4], 0.5),
      variance: tensor([4], 1), epsilon: 0)
    let block = shortcutBlock(
      square: tensor([4, 4, 3, 3], -1), pointwise: tensor([4, 4, 1, 1], 0.25),
      shortcut: tensor([4], 2), norm: norm)
    let merged = try mergedConvolution(of: block, inputChannels: 4)
    #expect(merged.kernel.shape == [4, 4, 3, 3] && merged.padding == 1)
    let kernel = try merged.kernel.doubles()
    // The pixel in the middle of the second channel's own kernel has all three branches.
    let (middle, variance) = ((1 * 4 + 1) * 9 + 4, 1 + 1.0 / 64)
    let exact = (-1 + Double(middle) / 64 + 0.25 + 5.0 / 64 + 2 + 1.0 / 64) * variance.squareRoot()
    #expect(abs(kernel[middle] - exact) <= 1e-6)
  }

  @Test func mergesAGraph() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("merged.onnx")
    let unmerged = try mergeGraph(
      Self.fixture("universe/mobileone-apple/train_raw_op13.onnx"), into: target)
    #expect(unmerged.isEmpty)
    #expect(try Network(onnx: target).isMerged)
  }

  @Test func preparesImages() throws {
    let path = Self.fixture("imaging/files/rgb420-157x101.jpg")
    #expect(try preset(besideWeights: Self.checkpoint) == nil)
    let input = try networkInput([path, path], preset: .timm)
    #expect(input.count == 2 * 3 * 224 * 224)
    #expect(input.prefix(3 * 224 * 224) == input.suffix(3 * 224 * 224))
  }

  @Test func trainsTheDigits() throws {
    let (checkpoint, accuracy) = try trainedDigits(epochs: 1)
    #expect(accuracy > 0.5)
    #expect(!(try Network(checkpoint)).isMerged)
  }
}
