import Foundation
import RepVGG
import Testing

/// What is planned for machines other than this one.
@Suite struct MachineTests {
  /// A core design with the kernels of a level.
  struct Case: CustomTestStringConvertible, Sendable {
    let level: Kernels.Level
    let design: Machine.CoreDesign
    var testDescription: String { "\(design) \(level.name)" }
  }

  private static let cases = Machine.CoreDesign.allCases.flatMap { design in
    Kernels.Level.allCases.map { Case(level: $0, design: design) }
  }

  /// The choices for A0 by layer, in the network's order, equal neighbours in one line.
  private func choices(_ machine: Machine, threads: Int, policy: Policy) throws -> [String] {
    let network = Network(try #require(Architecture.named("A0")), seed: 1)
    let options = PlanOptions(threadCount: threads, policy: policy)
    let requests = try Plan.convolutionRequests(
      network, input: try InputShape(height: 224, width: 224), options: options)
    let chosen = try ConvolutionPlanner(machine: machine, options: options).choices(requests)
    var lines: [(count: Int, choice: String)] = []
    for request in requests {
      let choice = try #require(chosen[request.name]).summary
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
      kernels: kernels,
      caches: CacheSizes(level1ByteCount: 32 << 10, level2ByteCount: 1 << 20),
      coreDesign: machineCase.design)
    var text = ""
    for (threads, policy) in [(1, Policy.fast), (2, .fast), (1, .compact)] {
      text += "\(threads) threads, \(policy.rawValue)\n"
      for line in try choices(machine, threads: threads, policy: policy) { text += line + "\n" }
    }
    let golden = fixturesFolder.appending(
      path: "machines/\(machineCase.design)-\(machineCase.level.name).txt")
    if ProcessInfo.processInfo.environment["REPVGG_WRITE_GOLDENS"] == "1" {
      try Data(text.utf8).write(to: golden, options: .atomic)
    }
    #expect(text == (try String(contentsOf: golden, encoding: .utf8)))
  }
}
