import Foundation
import RepVGG
import TestSupport
import Testing

/// Names and shapes alone tell which published network a file holds.
@Suite struct ArchitectureInferenceTests {
  /// Elements that are never read here.
  private struct Zeros: TensorSource {
    var elementType: ElementType { .float32 }
    func floats(count: Int) -> [Float] { [Float](repeating: 0, count: count) }
  }

  private static func network(_ shapes: [(name: String, shape: [Int])]) throws -> Network {
    let tensors = shapes.map { ($0.name, Tensor(shape: $0.shape, source: Zeros())) }
    return try Network(Checkpoint(tensors: Dictionary(uniqueKeysWithValues: tensors)))
  }

  /// Names and shapes of an architecture's seeded network; nothing is generated.
  private static func shapes(_ architecture: Architecture) -> [(name: String, shape: [Int])] {
    Network(architecture, seed: 1).tensors.map { ($0.name, $0.shape) }
  }

  private static func expectEqual(_ found: Network, _ expected: Architecture) {
    #expect(found.origin.architecture == expected.name)
    #expect(found.structure == Network(expected, seed: 1).structure)
    #expect(found.origin.inputSize == expected.inputSize)
    #expect(found.classCount == expected.classCount)
  }

  /// RepVGGplus addresses its blocks in modules, of which stage 3 has two.
  private static func plusName(_ name: String, firstCount: Int) -> String {
    var parts = name.split(separator: ".").map(String.init)
    guard parts[0] != "linear", parts[0] != "stage0", let index = Int(parts[1]) else {
      return name
    }
    if parts[0] == "stage3" {
      parts[0] = index < firstCount ? "stage3_first" : "stage3_second"
      parts[1] = "\(index < firstCount ? index : index - firstCount)"
    }
    parts.insert("blocks", at: 1)
    return parts.joined(separator: ".")
  }

  @Test(
    arguments: Architecture.catalogue.filter {
      $0.isOfRepVGGBlocks && !$0.name.hasPrefix("RepOpt")
    })
  func everyRepVGG(_ architecture: Architecture) throws {
    var shapes = Self.shapes(architecture)
    let design = RepVGGDesign(stagesOf: Network(architecture, seed: 1))
    if design.dividesStage3 {
      let first = design.blockCounts[3] / 2
      shapes = shapes.map { (Self.plusName($0.name, firstCount: first), $0.shape) }
    }
    let network = try Self.network(shapes)
    #expect(!network.isMerged)
    Self.expectEqual(network, architecture)

    // The same from what the deployed form leaves of them.
    let deployed = shapes.compactMap { name, shape -> [(name: String, shape: [Int])]? in
      if name.hasSuffix("rbr_dense.conv.weight") {
        let block = name.dropLast("rbr_dense.conv.weight".count)
        return [
          ("\(block)rbr_reparam.weight", shape), ("\(block)rbr_reparam.bias", [shape[0]]),
        ]
      }
      return name.contains("rbr_") ? nil : [(name, shape)]
    }
    let plain = try Self.network(deployed.flatMap { $0 })
    #expect(plain.isMerged)
    #expect(
      plain.parameterCount
        == (try architecture.counts(form: .plain, height: 224, width: 224)).parameters)
    Self.expectEqual(plain, architecture)
  }

  @Test(arguments: Architecture.catalogue.filter { $0.name.hasPrefix("RepOpt") })
  func everyRepOptVGG(_ architecture: Architecture) throws {
    let shapes = Self.shapes(architecture).filter {
      !$0.name.contains("rbr_1x1") && !$0.name.contains("rbr_identity")
    }
    let network = try Self.network(
      shapes.map { ($0.name.replacingOccurrences(of: "rbr_dense.", with: ""), $0.shape) })
    #expect(network.origin.family == .repOptTarget)
    Self.expectEqual(network, architecture)
  }

  @Test(
    arguments: [
      ("official-A0", "A0"), ("official-B1g4", "B1g4"), ("official-D2se", "D2se"),
      ("timm-repvgg_a0", "A0"), ("timm-repvgg_b1g4", "B1g4"), ("timm-repvgg_d2se", "D2se"),
    ], ["train", "deploy"])
  func upstreamsOwnLists(_ list: (file: String, name: String), _ form: String) throws {
    let text = try String(
      contentsOfFile: Fixture.path("keys/\(list.file)-\(form).txt"), encoding: .utf8)
    let shapes = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let fields = line.split(separator: "\t")
      return (String(fields[0]), fields[2].split { !$0.isNumber }.compactMap { Int($0) })
    }
    let network = try Self.network(shapes)
    let expected = try #require(Architecture.named(list.name))
    Self.expectEqual(network, expected)
    #expect(network.origin.family == (list.file.hasPrefix("timm") ? .timm : .official))
    let isTrained = form == "train"
    #expect(network.isMerged == !isTrained)
    let counts = try expected.counts(form: isTrained ? .branched : .plain, height: 224, width: 224)
    #expect(network.parameterCount == counts.parameters)
  }

  @Test func customNetworksAreDescribed() throws {
    let custom = Architecture(
      RepVGGDesign(
        blockCounts: [1, 1, 5, 2, 2], channels: [24, 24, 40, 72, 100], groups: [3: 8, 5: 2]),
      classCount: 7)
    let found = try Self.network(Self.shapes(custom))
    #expect(found.structure == Network(custom, seed: 1).structure)
    #expect(found.classCount == 7)
    #expect(found.origin.architecture == custom.name)
    #expect(custom.name == "custom-1x24-1x24-5x40-2x72-2x100")
  }
}
