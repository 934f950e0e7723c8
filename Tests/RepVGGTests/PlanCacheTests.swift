import Foundation
import RepVGG
import Synchronization
import TestSupport
import Testing

/// Plans that are kept and that share packed weights compute what plans made alone do.
@Suite struct PlanCacheTests {
  private static func network(_ path: String) throws -> Network {
    try Network(contentsOf: Fixture.path(path))
  }

  private static let tiny = Result { try network("tiny/train.safetensors") }

  /// Counts.
  private final class Questions: Sendable {
    private let count = Atomic<Int>(0)
    var next: Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
  }

  private static func outputs(_ plan: Plan) throws -> [[Float]] {
    let session = try plan.makeSession()
    let first = try session.run(sampleImages(plan.input))
    return try [first] + plan.features.map { try session.feature($0.name) }
  }

  /// Direct convolutions pack the same for every batch, size and thread count.
  private static let exact = PlanOptions(policy: .exact)

  /// Batches of larger images run their first layers image by image, which keeps weights together.
  @Test(arguments: [
    ("tiny/train.safetensors", 0), ("universe/mobileone-apple/deploy_op16.onnx", 0),
    ("universe/repvgg-fpn-seg/train_bnfolded_hw_op16.onnx", 10),
  ])
  func plansOfOtherShapesShareWeightsAndGiveTheSameBits(
    _ path: String, percentOfItsOwn: Int
  ) throws {
    let network = try Self.network(path)
    let plans = PlanCache(network)
    var features = Self.exact
    features.collectsFeatures = true
    var threads = Self.exact
    threads.threadCount = 2
    for (batch, size, options) in [
      (1, 32, Self.exact), (2, 32, Self.exact), (4, 32, Self.exact), (2, 96, Self.exact),
      (1, 32, features), (1, 32, threads),
    ] {
      let input = try InputShape(
        batch: batch, channels: network.inputChannels, height: size, width: size)
      let plan = try plans.plan(input, options: options)
      #expect(try plans.plan(input, options: options) === plan)
      #expect(
        try Self.outputs(plan) == Self.outputs(Plan(network, input: input, options: options)))
      let alone = plan.memory.packedWeightByteCount
      #expect(plans.packedWeightByteCount <= alone + alone * percentOfItsOwn / 100)
      #expect(plans.packedWeightByteCount >= alone)
    }
    #expect(plans.plans.count == 6)
    if percentOfItsOwn == 0 {
      #expect(plans.plans.dropFirst().allSatisfy { $0.buildTimes.fuseNanoseconds == 0 })
    }
  }

  /// Forms, policies and sizes have plans of their own, and share only what is the same.
  @Test func everyFormAndPolicyGivesItsOwnBits() throws {
    let network = try Self.tiny.get()
    let plans = PlanCache(network, limit: 64)
    for form in Form.allCases {
      for policy in Policy.allCases {
        for collects in [false, true] {
          for batch in [1, 3] {
            let input = try InputShape(batch: batch, height: 40, width: 24)
            let options = PlanOptions(
              form: form, collectsFeatures: collects, policy: policy)
            #expect(
              try Self.outputs(plans.plan(input, options: options))
                == Self.outputs(Plan(network, input: input, options: options)))
          }
        }
      }
    }
    #expect(plans.plans.count == 36)
  }

  /// Such as a detector's grid: as many elements for another size, of other values.
  @Test func constantsThatFollowFromTheSizeAreNotShared() throws {
    var graph = TestGraph()
    let images = graph.add("input", .input(channels: 3))
    let region = graph.region("region", 3, 16, 3, images)
    func function(
      _ name: String, _ operation: any TensorOperation, _ presence: [Bool], _ inputs: [Int]
    ) -> Int {
      graph.nodes.append(
        Network.Node(
          name: name, operation: .tensor(Network.TensorFunction(operation, presence: presence)),
          inputs: inputs.map { Network.NodeID($0) }))
      return graph.nodes.count - 1
    }
    let width = function("width", ShapeOperation(start: 3), [true], [images])
    let real = function("real", CastOperation(to: .float32), [true], [width])
    let sum = function("sum", BinaryOperation(.add), [true, true], [region, real])
    graph.output("sum", sum)
    let network = graph.network()
    let plans = PlanCache(network)
    var byteCounts: [Int] = []
    for (height, width) in [(64, 96), (96, 64)] {
      for batch in [1, 2] {
        let input = try InputShape(batch: batch, height: height, width: width)
        let plan = try plans.plan(input, options: Self.exact)
        #expect(
          try Self.outputs(plan) == Self.outputs(Plan(network, input: input, options: Self.exact)))
        byteCounts.append(plans.packedWeightByteCount)
      }
    }
    // The region's weights are shared by all, the constant by those of a size.
    #expect(byteCounts[0] == byteCounts[1] && byteCounts[2] == byteCounts[3])
    #expect(byteCounts[0] < byteCounts[2] && byteCounts[2] < byteCounts[0] + 256)
  }

  @Test func thePlansUsedLastAreKept() throws {
    let plans = PlanCache(try Self.tiny.get(), limit: 2)
    let inputs = try (1...3).map { try InputShape(batch: $0, height: 32, width: 32) }
    let held = try plans.plan(inputs[0])
    weak var second: Plan?
    do { second = try plans.plan(inputs[1]) }
    #expect(second != nil)
    // A use makes the first the last.
    #expect(try plans.plan(inputs[0]) === held)
    _ = try plans.plan(inputs[2])
    #expect(second == nil)
    #expect(plans.plans.map(\.input.batch) == [1, 3])
    plans.limit = 1
    #expect(plans.plans.map(\.input.batch) == [3])
    // What something still uses is found, kept or not.
    #expect(try plans.plan(inputs[0]) === held)
    #expect(plans.plans.map(\.input.batch) == [1])
    plans.limit = -1
    #expect(plans.limit == 0 && plans.plans.isEmpty && plans.packedWeightByteCount == 0)
    #expect(try plans.plan(inputs[0]) === held)
  }

  @Test func plansAreMadeAheadUpToTheLimit() throws {
    let plans = PlanCache(try Self.tiny.get(), limit: 3)
    let inputs = try (1...4).map { try InputShape(batch: $0, height: 32, width: 32) }
    try plans.prepare(Array(inputs.prefix(3)) + [inputs[0]])
    #expect(plans.plans.map(\.input.batch) == [2, 3, 1])
    let prepared = plans.plans
    #expect(try plans.plan(inputs[1]) === prepared[0])
    let error = #expect(throws: RepVGGError.self) { try plans.prepare(inputs) }
    #expect(error?.kind == .invalidArgument)
    #expect(plans.plans.count == 3)
  }

  @Test func threadsThatAskForOneShapeGetOnePlan() throws {
    let plans = PlanCache(try Self.tiny.get())
    let inputs = try (1...3).map { try InputShape(batch: $0, height: 32, width: 32) }
    let found = Mutex<[Set<ObjectIdentifier>]>([[], [], []])
    let failures = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 12) { thread in
      do {
        let plan = try plans.plan(inputs[thread % 3])
        found.withLock { _ = $0[thread % 3].insert(ObjectIdentifier(plan)) }
      } catch {
        failures.withLock { $0.append("thread \(thread): \(error)") }
      }
    }
    #expect(failures.withLock { $0 } == [])
    #expect(found.withLock { $0.map(\.count) } == [1, 1, 1])
    #expect(plans.plans.count == 3)
  }

  @Test func aPlanThatIsNoLongerWantedLeavesTheCacheAsItWas() throws {
    let plans = PlanCache(try Self.tiny.get())
    let inputs = try (1...2).map { try InputShape(batch: $0, height: 32, width: 32) }
    let kept = try plans.plan(inputs[0])
    for limit in [0, 5, 20] {
      let questions = Questions()
      let cancellation = Cancellation { questions.next > limit }
      let error = #expect(throws: RepVGGError.self) {
        try plans.prepare(inputs, cancellation: cancellation)
      }
      #expect(error?.kind == .cancelled)
      #expect(plans.plans.map { $0 === kept } == [true])
    }
    #expect(try Self.outputs(plans.plan(inputs[1])).count == 1)
  }
}
