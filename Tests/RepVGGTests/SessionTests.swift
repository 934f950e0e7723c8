import Dispatch
import RepVGG
import Synchronization
import TestSupport
import Testing

/// What a Session promises whatever the machine: the same bits twice, and the same function for
/// every thread count, image size and batch.
@Suite struct SessionTests {
  /// Small, but with every kind of layer: groups, a gate, odd widths, blocks without identity.
  static let architecture = Architecture(
    RepVGGDesign(
      blockCounts: [1, 2, 3, 2, 1], channels: [8, 16, 24, 40, 56], groups: [2: 2, 4: 4],
      gate: .beforeReLU(reduction: 4)), classCount: 11)
  static let network = Network(architecture, seed: 3)

  static func logits(
    _ input: InputShape, _ images: [Float], _ change: (inout PlanOptions) -> Void = { _ in }
  ) throws -> [Float] {
    var options = PlanOptions()
    change(&options)
    return try Plan(network, input: input, options: options).makeSession().run(images)
  }

  // MARK: - Threads

  @Test(arguments: Form.allCases, Policy.allCases)
  func threadCountsAgreeAndEachIsDeterministic(_ form: Form, _ policy: Policy) throws {
    let input = try InputShape(batch: 2, height: 67, width: 50)
    let images = sampleImages(input)
    var reference: [Float] = []
    for threads in [1, 2, 3, 5, 8] {
      let options = PlanOptions(form: form, threadCount: threads, policy: policy)
      let plan = try Plan(Self.network, input: input, options: options)
      let session = try plan.makeSession()
      let first = try session.run(images)
      #expect(try session.run(images) == first, "the same session twice")
      #expect(try plan.makeSession().run(images) == first, "another session")
      let again = try Plan(Self.network, input: input, options: options)
      #expect(try again.makeSession().run(images) == first, "another plan")
      if reference.isEmpty { reference = first }
      #expect(relativeL2(first, reference) <= 5e-6, "\(threads) threads")
    }
  }

  @Test func sessionsOfOnePlanRunAtOnce() throws {
    let input = try InputShape(batch: 2, height: 48, width: 48)
    let images = sampleImages(input)
    for threads in [1, 2] {
      let plan = try Plan(
        Self.network, input: input, options: PlanOptions(threadCount: threads))
      let expected = try plan.makeSession().run(images)
      let wrong = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 6) { caller in
        do {
          let session = try plan.makeSession()
          for round in 0..<5 where try session.run(images) != expected {
            wrong.withLock { $0.append("caller \(caller), round \(round)") }
          }
        } catch {
          wrong.withLock { $0.append("\(error)") }
        }
      }
      #expect(wrong.withLock { $0 } == [])
    }
  }

  /// What one image left in the arena must not reach the next.
  @Test func imagesDoNotInfluenceLaterOnes() throws {
    let input = try InputShape(height: 61, width: 35)
    let (first, second) = (sampleImages(input), sampleImages(input).map { 1000 * $0 })
    for form in Form.allCases {
      let session = try Plan(Self.network, input: input, options: PlanOptions(form: form))
        .makeSession()
      let expected = try session.run(first)
      _ = try session.run(second)
      #expect(try session.run(first) == expected)
    }
  }

  // MARK: - Sizes and batches

  static let sizes = [
    (32, 32), (33, 32), (45, 37), (31, 97), (1, 1), (2, 3), (64, 224), (224, 160), (320, 320),
    (511, 33), (512, 512),
  ]

  @Test(arguments: sizes) func everySizeGivesTheSameFunctionInEveryWay(_ height: Int, _ width: Int)
    throws
  {
    let input = try InputShape(height: height, width: width)
    let images = sampleImages(input)
    let reference = try Self.logits(input, images) {
      $0.form = .branched
      $0.algorithm = .im2col
    }
    #expect(reference.count == 11 && reference.allSatisfy(\.isFinite))
    for form in Form.allCases {
      let exact = try Self.logits(input, images) {
        $0.form = form
        $0.policy = .exact
        $0.threadCount = 2
      }
      #expect(relativeL2(exact, reference) <= 2e-6, "\(form), exact")
      let fast = try Self.logits(input, images) {
        $0.form = form
        $0.threadCount = 2
      }
      #expect(relativeL2(fast, reference) <= 1e-5, "\(form), fast")
    }
  }

  @Test(arguments: [1, 2, 3, 5]) func batchesAreTheirImages(_ batch: Int) throws {
    let input = try InputShape(batch: batch, height: 50, width: 39)
    let one = try InputShape(height: 50, width: 39)
    let images = sampleImages(input)
    for form in Form.allCases {
      let together = try Self.logits(input, images) { $0.form = form }
      #expect(together.count == 11 * batch)
      for index in 0..<batch {
        let image = Array(images[index * one.elementCount..<(index + 1) * one.elementCount])
        let alone = try Self.logits(one, image) { $0.form = form }
        let error = relativeL2(Array(together[index * 11..<(index + 1) * 11]), alone)
        #expect(error <= 5e-6, "\(form), image \(index)")
      }
    }
  }

  // MARK: - Refusals

  @Test func buffersOfTheWrongSizeAreRefused() throws {
    let input = try InputShape(height: 32, width: 32)
    let session = try Plan(Self.network, input: input).makeSession()
    for count in [0, 1, input.elementCount - 1, input.elementCount + 1] {
      let error = #expect(throws: RepVGGError.self) {
        try session.run([Float](repeating: 0, count: count))
      }
      #expect(error?.kind == .invalidArgument)
    }
    #expect(throws: RepVGGError.self) { try session.feature("stage1") }
    let few = UnsafeMutableBufferPointer<Float>.allocate(capacity: 10)
    defer { few.deallocate() }
    let images = sampleImages(input)
    #expect(throws: RepVGGError.self) {
      try images.withUnsafeBufferPointer { try session.run(input: $0, output: few) }
    }
  }

  @Test func shapesOutOfRangeAreRefused() {
    for (batch, height, width) in [
      (0, 32, 32), (-1, 32, 32), (1, 0, 32), (1, 32, -5), (.max, 32, 32), (1, .max, .max),
      (1, 1 << 32, 1), (4096, 32768, 32768),
    ] {
      let error = #expect(throws: RepVGGError.self) {
        try InputShape(batch: batch, height: height, width: width)
      }
      #expect(error?.kind == .invalidArgument)
    }
    for dimensions in [
      [], [3], [1, 3, 32], [1, 0, 32, 32], [1, 65537, 1, 1], [1, .max, .max, 2], [1, 3, 0, 32],
      [1, 3, 32, 32, 1],
    ] {
      let error = #expect(throws: RepVGGError.self) { try InputShape(dimensions: dimensions) }
      #expect(error?.kind == .invalidArgument)
    }
  }

  @Test func shapesAreReadFromArrays() throws {
    let shape = try InputShape(dimensions: [2, 3, 45, 37])
    #expect(shape == (try InputShape(batch: 2, height: 45, width: 37)))
    #expect(shape.dimensions == [2, 3, 45, 37])
    #expect(try InputShape(dimensions: [1, 4, 8, 9]).channels == 4)
  }
}
