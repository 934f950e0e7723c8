import Foundation
import RepVGG
import TestSupport
import Testing

/// One checkpoint of `Tests/Fixtures` with what upstream's code computed from it.
struct CommandFixture: Sendable, CustomTestStringConvertible {
  let folder: String
  let family: String
  /// `train` or `deploy`: which names and outputs belong to the file.
  let suffix: String
  let file: String

  var testDescription: String { "\(folder)/\(file)" }
  var path: String { Self.path("\(folder)/\(file)") }
  var isPlus: Bool { family == "repvggplus" }

  /// The absolute path of a fixture, such as `tiny/input.npy`.
  static func path(_ name: String) -> String { Fixture.path(name) }

  /// The checkpoints as they were trained, one a family.
  static let trained: [CommandFixture] = [
    ("tiny", "official"), ("tiny-g2", "official"), ("tiny-se", "official"),
    ("tiny-plus-pse", "repvggplus"), ("timm-tiny", "timm"), ("timm-tiny-se", "timm"),
    ("repopt-tiny", "repopt-target"), ("repopt-tiny-hs", "repopt-scaled"),
  ].map {
    CommandFixture(folder: $0, family: $1, suffix: "train", file: "train.safetensors")
  }

  /// Every checkpoint of the fixtures, PyTorch's files too; each container of `tiny`'s deploy form.
  static let all: [CommandFixture] =
    trained
    + trained.flatMap { trained in
      // RepOptimizers has no deployed form of its own.
      let isRepOptimizer = trained.family.hasPrefix("repopt")
      return (isRepOptimizer ? ["train.pth"] : ["train.pth", "deploy.pth"]).map { file in
        CommandFixture(
          folder: trained.folder, family: trained.family, suffix: String(file.dropLast(4)),
          file: file)
      }
    }
    + ["legacy-nonzip", "model-wrapped", "state_dict-module-prefix", "parameters", "half"].map {
      CommandFixture(
        folder: "tiny", family: "official", suffix: "deploy",
        file: "../tiny-containers/\($0).pth")
    }

  /// Relative L2 that outputs may differ by: half precision weights are rounded already.
  var tolerance: Double { file.hasSuffix("half.pth") ? 1e-3 : 1e-5 }
  /// The forms that the file can be computed in.
  var forms: [String] { suffix == "deploy" ? ["plain"] : ["plain", "folded", "branched"] }

  /// Where the stored output of a stage lies that the tool calls `name`.
  func featurePath(_ name: String) -> String {
    Self.path(
      "\(folder)/\(isPlus && name == "stage3" ? "stage3_second" : name)_\(suffix).npy")
  }

  /// The names of the stages that the tool writes.
  var featureNames: [String] {
    isPlus
      ? ["stage0", "stage1", "stage2", "stage3", "stage3_first", "stage4"]
      : ["stage0", "stage1", "stage2", "stage3", "stage4"]
  }

  /// The inputs that logits are stored for, with those logits; odd sizes of all but two.
  var cases: [(input: String, logits: String)] {
    let even = (
      Self.path("\(folder)/input.npy"), Self.path("\(folder)/logits_\(suffix).npy")
    )
    guard !["tiny-se", "tiny-plus-pse"].contains(folder) else { return [even] }
    return [
      even,
      (Self.path("\(folder)/input_odd.npy"), Self.path("\(folder)/logits_odd_\(suffix).npy")),
    ]
  }

  /// The names and shapes that upstream's code gave for the file: `keys.txt`.
  func keys() throws -> [(name: String, type: String, shape: [Int])] {
    let text = try String(contentsOfFile: Self.path("\(folder)/keys.txt"), encoding: .utf8)
    var section = ""
    return text.split(separator: "\n").compactMap { line in
      if line.hasPrefix("#") { section = line.dropFirst(2).trimmingCharacters(in: .whitespaces) }
      let fields = line.split(separator: "\t")
      guard section == suffix, fields.count == 3 else { return nil }
      let sizes = fields[2].split { !$0.isNumber }.compactMap { Int($0) }
      return (String(fields[0]), String(fields[1]), sizes)
    }
  }
}

/// `‖a - b‖ / ‖b‖` of two NPY files of one shape.
func relativeL2(file: String, reference: String) throws -> Double {
  let (a, b) = (try NPYArray(contentsOf: file), try NPYArray(contentsOf: reference))
  return a.shape == b.shape ? try relativeL2(a.floats(), b.floats()) : .infinity
}
