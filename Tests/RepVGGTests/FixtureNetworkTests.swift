import Foundation
import RepVGG
import TestSupport
import Testing

/// Checkpoints of every family against the outputs that the upstream PyTorch code gave.
@Suite struct FixtureNetworkTests {
  struct StoredNetwork: Sendable, CustomTestStringConvertible {
    let folder: String
    let file: String
    let suffix: String
    let family: Family
    /// Half precision has rounded the weights already.
    var isHalf: Bool { file.hasSuffix("half.pth") }
    var tolerance: Double { isHalf ? 1e-3 : 1e-5 }
    /// Seven rounded layers, see `HalfPrecisionTests`; averaging evens the logits out again.
    var featureTolerance: Double { isHalf ? 7 * 0x1p-12 : 1e-5 }
    var testDescription: String { "\(folder)/\(file)" }
  }

  static let fixtures: [StoredNetwork] = {
    let families: [(String, Family)] = [
      ("tiny", .official), ("tiny-g2", .official), ("tiny-se", .official),
      ("tiny-plus-pse", .repVGGplus), ("timm-tiny", .timm), ("timm-tiny-se", .timm),
      ("repopt-tiny", .repOptTarget), ("repopt-tiny-hs", .repOptScaled),
    ]
    let own = families.flatMap { folder, family in
      // RepOptimizers has no deployed form of its own.
      let isRepOptimizer = family == .repOptTarget || family == .repOptScaled
      let files = ["train.safetensors", "train.pth"] + (isRepOptimizer ? [] : ["deploy.pth"])
      return files.map {
        StoredNetwork(
          folder: folder, file: $0, suffix: $0.hasPrefix("deploy") ? "deploy" : "train",
          family: family)
      }
    }
    let containers = [
      "legacy-nonzip", "model-wrapped", "state_dict-module-prefix", "parameters", "half",
    ].map {
      StoredNetwork(
        folder: "tiny", file: "../tiny-containers/\($0).pth", suffix: "deploy", family: .official)
    }
    return own + containers
  }()

  /// Every checkpoint with every input that its outputs are stored for.
  static let cases: [(fixture: StoredNetwork, inputName: String)] = fixtures.flatMap { fixture in
    // Of two networks no outputs are stored for odd sizes.
    let hasOdd = !["tiny-se", "tiny-plus-pse"].contains(fixture.folder)
    return (hasOdd ? ["input", "input_odd"] : ["input"]).map { (fixture, $0) }
  }

  @Test func everyStoredCheckpointAndInputIsTried() throws {
    let manager = FileManager.default
    let folders = try manager.contentsOfDirectory(atPath: Fixture.root.path).filter {
      manager.fileExists(atPath: Fixture.root.appending(path: "\($0)/train.pth").path)
    }
    var stored: Set<String> = []
    for folder in folders + ["tiny-containers"] {
      let names = try manager.contentsOfDirectory(
        atPath: Fixture.root.appending(path: folder).path)
      for name in names where name.hasSuffix(".pth") || name.hasSuffix(".safetensors") {
        stored.insert("\(folder)/\(name)")
      }
    }
    let tried = Self.fixtures.map {
      $0.file.hasPrefix("../") ? String($0.file.dropFirst(3)) : "\($0.folder)/\($0.file)"
    }
    #expect(Set(tried) == stored)
    #expect(tried.count == 27)
  }

  @Test(arguments: cases)
  func logitsAndFeaturesAreThoseOfPyTorch(_ fixture: StoredNetwork, inputName: String) throws {
    let folder = Fixture.root.appending(path: fixture.folder)
    let inputFile = folder.appending(path: "\(inputName).npy")
    let network = try Network(contentsOf: folder.appending(path: fixture.file).path)
    #expect(network.origin.family == fixture.family)
    let images = try NPYArray(contentsOf: inputFile.path)
    let shape = try InputShape(
      batch: images.shape[0], height: images.shape[2], width: images.shape[3])
    let infix = inputName == "input" ? "" : "odd_"
    let logits = try NPYArray(
      contentsOf: folder.appending(path: "logits_\(infix)\(fixture.suffix).npy").path)

    for form in network.isMerged ? [Form.plain] : Form.allCases {
      let options = PlanOptions(form: form, threadCount: 2, collectsFeatures: true)
      let session = try Plan(network, input: shape, options: options).makeSession()
      let result = try session.run(images.floats())
      #expect(try relativeL2(result, logits.floats()) <= fixture.tolerance, "\(form)")
      guard inputName == "input" else { continue }
      #expect(!session.plan.features.isEmpty)
      for feature in session.plan.features {
        let isPlusStage3 = fixture.family == .repVGGplus && feature.name == "stage3"
        let name = isPlusStage3 ? "stage3_second" : feature.name
        let expected = try NPYArray(
          contentsOf: folder.appending(path: "\(name)_\(fixture.suffix).npy").path)
        #expect(feature.shape == expected.shape)
        let error = try relativeL2(session.feature(feature.name), expected.floats())
        #expect(error <= fixture.featureTolerance, "\(form) \(feature.name)")
      }
    }
  }
}
