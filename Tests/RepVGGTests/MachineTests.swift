import Foundation
import RepVGG
import TestSupport
import Testing

/// What is planned for machines other than this one.
@Suite struct MachineTests {
  /// A core design with the kernels of a level.
  struct Case: CustomTestStringConvertible, Sendable {
    let level: Kernels.Level
    let design: CoreDesign
    var testDescription: String { "\(design.name) \(level.name)" }
  }

  private static let cases = (CoreDesign.described + [.unknown]).flatMap { design in
    Kernels.Level.allCases.filter { design != .zen3 || $0 != .avx512 }
      .map { Case(level: $0, design: design) }
  }

  /// The choices for A0 by layer, in the network's order, equal neighbours in one line.
  private func choices(_ machine: Machine, threads: Int, policy: Policy) throws -> [String] {
    let network = Network(try #require(Architecture.named("A0")), seed: 1)
    let options = PlanOptions(threadCount: threads, policy: policy)
    let layers = try Plan.convolutionLayers(
      network, input: try InputShape(height: 224, width: 224), options: options)
    let chosen = try ConvolutionPlanner(machine: machine, options: options)
      .choices(layers.map { $0.layer })
    var lines: [(count: Int, choice: String)] = []
    for choice in chosen.map(\.method.summary) {
      if lines.last?.choice == choice {
        lines[lines.count - 1].count += 1
      } else {
        lines.append((1, choice))
      }
    }
    return lines.map { "\($0.count) \($0.choice)" }
  }

  /// A file for each case, as `REPVGG_WRITE_GOLDENS=1` records it.
  @Test(arguments: cases) func choosesAsRecordedForEveryMachine(_ machineCase: Case) throws {
    let kernels = try #require(Kernels(planningFor: machineCase.level))
    let machine = Machine(
      machineCase.design, kernels: kernels,
      caches: CacheSizes(level1ByteCount: 32 << 10, level2ByteCount: 1 << 20))
    var text = ""
    for (threads, policy) in [(1, Policy.fast), (2, .fast), (1, .compact)] {
      text += "\(threads) threads, \(policy.rawValue)\n"
      for line in try choices(machine, threads: threads, policy: policy) { text += line + "\n" }
    }
    let golden = Fixture.root.appending(
      path: "machines/\(machineCase.design.name)-\(machineCase.level.name).txt")
    if ProcessInfo.processInfo.environment["REPVGG_WRITE_GOLDENS"] == "1" {
      try Data(text.utf8).write(to: golden, options: .atomic)
      Issue.record("REPVGG_WRITE_GOLDENS writes the files and must not stay on")
    }
    #expect(text == (try String(contentsOf: golden, encoding: .utf8)))
  }

  /// Every step runs the kernels of the machine that the plan is for: the head's panels are as wide as
  /// these have them, and the results differ by rounding only.
  @Test func plansForOtherKernelsRunThem() throws {
    let network = Network(try #require(Architecture.named("A0")), seed: 2)
    let input = try InputShape(height: 40, width: 33)
    let images = sampleImages(input)
    let expected = try Plan(network, input: input).makeSession().run(images)
    for form in [Form.branched, .plain] {
      for kernels in Kernels.reachable {
        let plan = try Plan(
          network, input: input, options: PlanOptions(form: form),
          machine: Machine(.zen4, kernels: kernels, caches: Machine.current.caches))
        #expect(relativeL2(try plan.makeSession().run(images), expected) < 1e-5)
        let head = try #require(plan.stepDescriptions.first { $0.name == "head" })
        let width = kernels.panelWidth(forChannels: network.outputCount)
        let padded = (network.outputCount + width - 1) / width * width
        #expect(head.weightByteCount == 4 * padded * (1280 + 1), "\(kernels.name)")
      }
    }
  }

  /// CPUs by what `cpuid` says of them, and the names of their designs.
  @Test(arguments: [
    // EPYC Milan, Ryzen 5000, Ryzen 6000.
    (CPUIdentity(vendor: "AuthenticAMD", family: 25, model: 0x01), CPUFeatures.avx2, "zen3"),
    (CPUIdentity(vendor: "AuthenticAMD", family: 25, model: 0x21), .avx2, "zen3"),
    (CPUIdentity(vendor: "AuthenticAMD", family: 25, model: 0x44), .avx2, "zen3"),
    // EPYC Genoa, also where a hypervisor hides AVX-512, Ryzen 7000, EPYC Bergamo.
    (CPUIdentity(vendor: "AuthenticAMD", family: 25, model: 0x11), .avx512, "zen4"),
    (CPUIdentity(vendor: "AuthenticAMD", family: 25, model: 0x11), .avx2, "zen4"),
    (CPUIdentity(vendor: "AuthenticAMD", family: 25, model: 0x61), .avx512, "zen4"),
    (CPUIdentity(vendor: "AuthenticAMD", family: 25, model: 0xa0), .avx512, "zen4"),
    // EPYC Turin.
    (CPUIdentity(vendor: "AuthenticAMD", family: 26, model: 0x02), .avx512, "zen5"),
    // Xeon: Sapphire Rapids.
    (CPUIdentity(vendor: "GenuineIntel", family: 6, model: 143), .avx512, "intel-server"),
    // Intel without AVX-512, EPYC Rome, a family to come, Hygon, Arm, and nothing known.
    (CPUIdentity(vendor: "GenuineIntel", family: 6, model: 151), .avx2, "default"),
    (CPUIdentity(vendor: "AuthenticAMD", family: 23, model: 0x31), .avx2, "default"),
    (CPUIdentity(vendor: "AuthenticAMD", family: 27, model: 0), .avx512, "default"),
    (CPUIdentity(vendor: "HygonGenuine", family: 24, model: 1), .avx2, "default"),
    (CPUIdentity(vendor: "ARM", family: 15, model: 0xd40), CPUFeatures(), "default"),
    (CPUIdentity(vendor: "", family: -1, model: -1), CPUFeatures(), "default"),
  ])
  func knowsCoresByTheirIdentity(identity: CPUIdentity, features: CPUFeatures, name: String) {
    let design = CoreDesign(of: identity, features: features)
    #expect(design.name == name)
    #expect(design.isDefault == (name == "default"))
  }

  @Test func thisMachineIsPlannedForWithWhatItHas() {
    let machine = Machine.current
    #expect(machine.kernels == Kernels.selected)
    #expect(machine.design == CoreDesign(of: .current, features: .enabled))
    for level in Kernels.Level.allCases {
      let isEnabled = CPUFeatures.enabled.isSuperset(of: level.requiredFeatures)
      #expect((Kernels(level: level) != nil) == isEnabled, "\(level.name)")
      #expect(Kernels(planningFor: level)?.level == level)
    }
  }

  /// Linux names only what its registers are saved for, so that its list is an independent reading.
  @Test func featuresAreThoseOfTheSystem() throws {
    let text = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("flags") })
    let flags = Set(line.split(separator: " "))
    let features: [(Substring, CPUFeatures)] = [
      ("fma", .fma), ("avx2", .avx2), ("avx_vnni", .avxVNNI), ("avx512f", .avx512F),
      ("avx512cd", .avx512CD), ("avx512dq", .avx512DQ), ("avx512bw", .avx512BW),
      ("avx512vl", .avx512VL), ("avx512_vnni", .avx512VNNI), ("avx512_bf16", .avx512BF16),
      ("amx_tile", .amxTile), ("amx_int8", .amxInt8), ("amx_bf16", .amxBF16),
    ]
    for (flag, feature) in features {
      #expect(CPUFeatures.enabled.contains(feature) == flags.contains(flag), "\(flag)")
    }
  }
}
