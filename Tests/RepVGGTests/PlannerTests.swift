import RepVGG
import TestSupport
import Testing

/// What plans choose, and that each choice computes the same function.
@Suite struct PlannerTests {
  /// The methods of the layers, in their order.
  private func methods(
    _ name: String, batch: Int = 1, threads: Int = 1, policy: Policy = .fast,
    algorithm: Algorithm = .auto
  ) throws -> [any ConvolutionMethod] {
    let network = Network(try #require(Architecture.named(name)), seed: 1)
    let options = PlanOptions(threadCount: threads, policy: policy, algorithm: algorithm)
    let layers = try Plan.convolutionLayers(
      network, input: try InputShape(batch: batch, height: 224, width: 224), options: options)
    // An AVX-512 server, whatever runs the test.
    let machine = Machine(
      .intelServer, kernels: try #require(Kernels(planningFor: .avx512)),
      caches: CacheSizes(level1ByteCount: 48 << 10, level2ByteCount: 2 << 20))
    return try ConvolutionPlanner(machine: machine, options: options)
      .choices(layers.map { $0.layer }).map(\.method)
  }

  /// The stem has three channels and is done directly.
  @Test(arguments: [Algorithm.auto, .winograd])
  func winogradDoesEverythingAfterTheStem(algorithm: Algorithm) throws {
    for name in ["A0", "B1"] {
      let methods = try methods(name, algorithm: algorithm)
      #expect(methods.count > 20)
      #expect(methods[0] is DirectMethod)
      #expect(methods.dropFirst().allSatisfy { $0 is WinogradMethod })
    }
  }

  @Test func exactIsDirectEverywhere() throws {
    for algorithm in [Algorithm.auto, .winograd, .direct] {
      let methods = try methods("A0", policy: .exact, algorithm: algorithm)
      #expect(methods.allSatisfy { $0 is DirectMethod })
    }
  }

  @Test func im2colIsTakenWhereItIsNamed() throws {
    for policy in Policy.allCases {
      let methods = try methods("A0", policy: policy, algorithm: .im2col)
      #expect(methods.allSatisfy { $0 is Im2ColMethod })
    }
  }

  @Test(arguments: ["A0", "B1g4"]) func compactKeepsWeightsSmall(name: String) throws {
    let network = Network(try #require(Architecture.named(name)), seed: 1)
    let input = try InputShape(height: 64, width: 64)
    let plan = try Plan(network, input: input, options: PlanOptions(policy: .compact))
    let plain = plan.memory.weightByteCount
    #expect(Double(plan.memory.packedWeightByteCount) <= 1.1 * Double(plain))
    #expect(plan.memory.packedWeightByteCount >= plain)
  }

  @Test(arguments: [
    PlanOptions(algorithm: .im2col), PlanOptions(algorithm: .direct),
    PlanOptions(threadCount: 2, algorithm: .winograd), PlanOptions(policy: .exact),
    PlanOptions(threadCount: 2, policy: .compact),
  ])
  func everyAlgorithmComputesTheSameFunction(options: PlanOptions) throws {
    let architecture = Architecture(
      RepVGGDesign(
        blockCounts: [1, 2, 2, 2, 1], channels: [16, 32, 40, 64, 96], groups: [4: 2]),
      classCount: 10)
    let network = Network(architecture, seed: 3)
    let input = try InputShape(batch: 2, height: 75, width: 61)
    let images = sampleImages(input)
    let expected = try Plan(network, input: input, options: PlanOptions(algorithm: .im2col))
      .makeSession().run(images)
    for form in Form.allCases {
      var options = options
      options.form = form
      let session = try Plan(network, input: input, options: options).makeSession()
      #expect(relativeL2(try session.run(images), expected) < 5e-6, "\(form)")
    }
  }

  /// Batches run their first stages image by image, on copies of activations; every image gets
  /// the logits that it gets alone, and a second run, on used memory, the same bits.
  @Test(arguments: [(2, 1), (2, 2), (4, 2), (9, 2), (3, 3), (8, 3)])
  func imageByImageComputesTheSameFunction(batch: Int, threads: Int) throws {
    let architecture = Architecture(
      RepVGGDesign(blockCounts: [1, 2, 1, 1, 1], channels: [16, 24, 32, 48, 64]),
      classCount: 7)
    let network = Network(architecture, seed: 5)
    let input = try InputShape(batch: batch, height: 163, width: 172)
    let images = sampleImages(input)
    for collectsFeatures in [false, true] {
      let options = PlanOptions(threadCount: threads, collectsFeatures: collectsFeatures)
      let plan = try Plan(network, input: input, options: options)
      let isByImage = plan.stepDescriptions.contains { $0.algorithm == "image by image" }
      // The stem's output is a feature.
      #expect(isByImage == (!collectsFeatures && (batch % threads == 0 || batch >= 4 * threads)))
      let session = try plan.makeSession()
      let logits = try session.run(images)
      #expect(try session.run(images.reversed()) != logits)
      #expect(try session.run(images) == logits)
      let one = try Plan(network, input: try InputShape(height: 163, width: 172)).makeSession()
      for image in 0..<batch {
        let count = images.count / batch
        let alone = try one.run(Array(images[image * count..<(image + 1) * count]))
        #expect(relativeL2(Array(logits[image * 7..<(image + 1) * 7]), alone) < 5e-6)
      }
    }
  }
}
