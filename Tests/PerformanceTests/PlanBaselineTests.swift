import CommandLineKit
import Foundation
import RepVGG
import Testing
import TextFormats

/// What plans choose and how much memory they take, on a described machine for each kernel level.
///
/// Nothing depends on the caches or the speed of the CPU that runs the tests, so that every CPU of a
/// level has to agree. Values are recorded in Benchmarks/Baselines; `scripts/perf-gate` compares
/// the levels that the CPU can run, `scripts/perf-gate --update` records today's.
@Suite(.serialized) struct PlanBaselineTests {
  struct Scenario: CustomTestStringConvertible, Sendable {
    let model: String
    var batch = 1
    var size = (height: 224, width: 224)
    var threads = 1
    var form = Form.plain
    var policy = Policy.fast
    var coreDesign = CoreDesign.intelServer

    var testDescription: String {
      "\(model) \(form.rawValue) \(batch)x3x\(size.height)x\(size.width) threads \(threads)"
        + " \(policy.rawValue)" + (coreDesign == .intelServer ? "" : " on \(coreDesign.name)")
    }
  }

  static let scenarios = [
    Scenario(model: "A0"), Scenario(model: "A0", threads: 2),
    Scenario(model: "A0", batch: 8, threads: 2), Scenario(model: "A0", form: .branched),
    Scenario(model: "A0", form: .folded), Scenario(model: "A0", policy: .exact),
    Scenario(model: "A0", threads: 2, policy: .compact), Scenario(model: "B1g4"),
    Scenario(model: "A0", batch: 3, size: (160, 160)),
    Scenario(model: "A2", size: (416, 352), threads: 2),
    Scenario(model: "A0", coreDesign: .zen4), Scenario(model: "A0", coreDesign: .zen5),
    Scenario(model: "A0", threads: 2, coreDesign: .zen5),
    Scenario(model: "B1", batch: 8, threads: 2, coreDesign: .zen5),
  ]

  private static var fileName: String { "plans-\(Kernels.selected.name).json" }

  /// Caches of the described machines: those of common server CPUs of each level.
  private static var caches: CacheSizes {
    switch Kernels.selected.name {
    case "avx512": CacheSizes(level1ByteCount: 48 << 10, level2ByteCount: 2 << 20)
    case "avx2": CacheSizes(level1ByteCount: 32 << 10, level2ByteCount: 512 << 10)
    default: CacheSizes(level1ByteCount: 32 << 10, level2ByteCount: 256 << 10)
    }
  }

  /// The machine as baselines describe it.
  private static var machineRecord: JSONValue {
    [
      "kernel_level": .string(Kernels.selected.name),
      "vector_width": .integer(Kernels.selected.vectorWidth),
      "level1_bytes": .integer(caches.level1ByteCount),
      "level2_bytes": .integer(caches.level2ByteCount),
    ]
  }

  /// What is recorded of a scenario.
  private static func record(_ scenario: Scenario) throws -> JSONValue {
    let architecture = try #require(Architecture.named(scenario.model))
    let network = Network(architecture, seed: 1)
    let input = try InputShape(
      batch: scenario.batch, height: scenario.size.height,
      width: scenario.size.width)
    let options = PlanOptions(
      form: scenario.form, threadCount: scenario.threads, policy: scenario.policy)
    let layers = try Plan.convolutionLayers(network, input: input, options: options)
    let machine = Machine(scenario.coreDesign, kernels: .selected, caches: caches)
    let choices = try ConvolutionPlanner(machine: machine, options: options)
      .choices(layers.map { $0.layer })
    let plan = try Plan(network, input: input, options: options, machine: machine)
    var counts: [String: Int] = [:]
    for choice in choices { counts[choice.method.kind, default: 0] += 1 }
    var kinds = JSONObject()
    for (kind, count) in counts.sorted(by: { $0.key < $1.key }) { kinds[kind] = .integer(count) }
    var kindsByLayer = JSONObject()
    for (layer, choice) in zip(layers, choices) {
      kindsByLayer[layer.name] = .string(choice.method.kind)
    }
    return [
      "scenario": .string(scenario.testDescription),
      "step_count": .integer(plan.stepDescriptions.count),
      "multiplications": .integer(
        plan.stepDescriptions.reduce(0) { $0 + $1.multiplicationCount }),
      "packed_weight_bytes": .integer(plan.memory.packedWeightByteCount),
      "activation_peak_bytes": .integer(plan.memory.activationPeakByteCount),
      "arena_bytes": .integer(plan.memory.arenaByteCount),
      "workspace_bytes": .integer(plan.memory.workspaceByteCount),
      "kinds": .object(kinds), "layers": .object(kindsByLayer),
    ]
  }

  @Test(.enabled(if: PerformanceGate.updatesBaselines, "baselines are compared, not updated"))
  func updatesTheBaseline() throws {
    let document: JSONValue = [
      "schema_version": 1, "machine": Self.machineRecord,
      "plans": .array(try Self.scenarios.map(Self.record)),
    ]
    try Data((JSONWriter().text(document) + "\n").utf8)
      .write(to: PerformanceGate.baseline(Self.fileName), options: .atomic)
  }

  @Test(
    .enabled(if: !PerformanceGate.updatesBaselines, "baselines are updated"), arguments: scenarios)
  func matchesTheBaseline(scenario: Scenario) throws {
    let data = try Data(contentsOf: PerformanceGate.baseline(Self.fileName))
    let document = try JSONReader().value(bytes: Array(data))
    try #require(
      document["machine"] == Self.machineRecord,
      "recorded for another machine; run scripts/perf-gate --update")
    let recorded = try #require(
      document["plans"]?.arrayValue?.first {
        $0["scenario"]?.stringValue == scenario.testDescription
      }, "no recorded plan; run scripts/perf-gate --update")
    let current = try Self.record(scenario)
    for key in [
      "packed_weight_bytes", "activation_peak_bytes", "arena_bytes", "workspace_bytes",
    ] {
      let limit = try #require(recorded[key]?.integerValue)
      let value = try #require(current[key]?.integerValue)
      #expect(value <= limit, "\(key) grew")
    }
    for key in ["step_count", "multiplications", "kinds", "layers"] {
      #expect(current[key] == recorded[key], "\(key) changed")
    }
  }

  @Test func compactKeepsWeightsSmall() throws {
    let run = try PreparedRun("A0", options: PlanOptions(policy: .compact))
    let memory = run.plan.memory
    #expect(Double(memory.packedWeightByteCount) <= 1.1 * Double(memory.weightByteCount))
  }
}
