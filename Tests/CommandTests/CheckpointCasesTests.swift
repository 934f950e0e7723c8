import Foundation
import TestSupport
import Testing

/// Checkpoints as people's training left them: read with PyTorch's logits, or refused with a
/// sentence that says why.
@Suite struct CheckpointCasesTests {
  /// A file that is read.
  struct Case: CustomTestStringConvertible, Sendable {
    let file: String
    /// What comes before `x.npy` and `y.npy` in the names of its arrays.
    var arrays = ""
    var options: [String] = []
    /// What standard error has to say; nil for nothing at all.
    var message: String?

    var testDescription: String { ([file] + options).joined(separator: " ") }

    func path(_ name: String) -> String {
      let folder = file.split(separator: "/").first ?? ""
      return CommandFixture.path("cases/\(folder)/\(name)")
    }
  }

  static let read: [Case] = [
    Case(file: "01-orig-mod/compiled.pth"),
    Case(file: "01-orig-mod/lightning-compiled.ckpt"),
    Case(file: "02-thop-counters/thop.pth"),
    Case(file: "03-averaged-model/only-model-ema.pth", arrays: "ema_"),
    Case(
      file: "03-averaged-model/timm-with-ema.pth.tar", arrays: "ema_",
      message: "took the averaged weights 'state_dict_ema'; --group 'state_dict' takes the other"),
    Case(
      file: "03-averaged-model/torchvision-reference.pth", arrays: "ema_",
      message: "took the averaged weights 'model_ema'; --group 'model' takes the other"),
    Case(
      file: "03-averaged-model/timm-with-ema.pth.tar", arrays: "ema_",
      options: ["--group", "state_dict_ema"]),
    Case(file: "03-averaged-model/timm-with-ema.pth.tar", options: ["--group", "state_dict"]),
    Case(file: "03-averaged-model/torchvision-reference.pth", options: ["--group", "model"]),
    Case(
      file: "03-averaged-model/torchvision-reference.pth", arrays: "ema_",
      options: ["--group", "model_ema.module"]),
    Case(file: "06-training-extras/backbone-prefix.pth"),
    Case(file: "06-training-extras/extra.pth"),
    Case(file: "06-training-extras/kuangliu-net.pth"),
    Case(file: "06-training-extras/lightning-net.ckpt"),
    Case(file: "06-training-extras/model_state.pth"),
    Case(file: "06-training-extras/namespace.pth"),
    Case(file: "06-training-extras/normalize-buffers.pth"),
    Case(file: "06-training-extras/official-latest.pth"),
    Case(file: "06-training-extras/rng.pth"),
    Case(file: "10-epsilon/eps.pth", options: ["--epsilon", "1e-3"]),
    Case(file: "15-timm/model_best.pth.tar"),
    Case(file: "15-timm/reparam.pth"),
    Case(file: "17-wide-and-names/both-forms.pth"),
    Case(file: "17-wide-and-names/layer-names.pth"),
    Case(file: "17-wide-and-names/pruned.pth"),
    Case(file: "18-mmpretrain-and-official/deploy.pth"),
    Case(
      file: "18-mmpretrain-and-official/distill.ckpt",
      message: "holds 2 networks; took 'student'; --group 'teacher' takes the other"),
    Case(file: "18-mmpretrain-and-official/lightning-criterion.ckpt"),
    Case(
      file: "18-mmpretrain-and-official/lightning-two-models.ckpt", options: ["--group", "model"]),
    Case(file: "18-mmpretrain-and-official/mm-preprocessor.pth"),
    Case(
      file: "18-mmpretrain-and-official/mmengine-ema.pth",
      message: "took the averaged weights 'state_dict'; --group 'ema_state_dict' takes the other"),
    Case(file: "18-mmpretrain-and-official/mmengine.pth"),
    Case(file: "18-mmpretrain-and-official/train.pth"),
  ]

  @Test(arguments: read) func logitsAreThoseOfPyTorch(_ test: Case) throws {
    let outcome = try ToolProcess.repvgg.run(
      expecting: 0,
      [
        "verify", test.path(String(test.file.split(separator: "/")[1])), "--random", "0",
        "--input", test.path(test.arrays + "x.npy"), "--logits", test.path(test.arrays + "y.npy"),
        "--tolerance", "1e-5",
      ] + test.options)
    #expect(outcome.output.contains("against stored logits"))
    if let message = test.message {
      #expect(outcome.messages.contains(message), "\(outcome.messages)")
    } else {
      #expect(outcome.messages.isEmpty)
    }
  }

  /// Files that are refused: exit code, and what the sentence has to say.
  static let refused: [(file: String, options: [String], code: Int32, says: [String])] = [
    (
      "hostile/dup.safetensors", [], 65,
      ["'stage1.0.rbr_reparam.bias' and 'stage1.00.rbr_reparam.bias' name the same tensor"]
    ),
    (
      "03-averaged-model/timm-with-ema.pth.tar", ["--group", "ema"], 64,
      ["has no group 'ema'", "'state_dict', 'state_dict_ema'"]
    ),
    ("15-timm/features-only-part.pth", [], 65, ["missing: ", "stages_0.1.", " more"]),
  ]

  @Test(arguments: refused)
  func aSentenceSaysWhy(_ test: (file: String, options: [String], code: Int32, says: [String]))
    throws
  {
    let outcomes = try (0..<4).map { _ in
      try ToolProcess.repvgg.run(
        expecting: test.code,
        ["inspect", CommandFixture.path("cases/\(test.file)")] + test.options)
    }
    for part in test.says {
      #expect(outcomes[0].messages.contains(part), "\(outcomes[0].messages)")
    }
    #expect(outcomes[0].messages.utf8.count < 2000)
    // Hashing differs from process to process, what is said does not.
    #expect(Set(outcomes.map(\.messages)).count == 1)
  }

  // MARK: - What inspect tells

  struct Report: Decodable {
    struct Group: Decodable, Equatable {
      let name: String
      let averaged: Bool
      let tensors: Int
      let params: Int
      let bytes: Int
    }
    struct Ignored: Decodable {
      let count: Int
      let first: [String]
    }
    struct Normalization: Decodable {
      let mean: [Double]
      let std: [Double]
    }
    let params: Int
    let bytes: Int
    let tensors: Int
    let group: String
    let tensor_groups: [Group]
    let ignored_tensors: Ignored
    let normalization: Normalization?
  }

  private func report(_ file: String, _ options: [String] = []) throws -> Report {
    let outcome = try ToolProcess.repvgg.run(
      expecting: 0, ["inspect", CommandFixture.path("cases/\(file)"), "--json"] + options)
    return try JSONDecoder().decode(Report.self, from: outcome.outputBytes)
  }

  @Test func groupsAreListedWithTheirSizes() throws {
    let alone = try report("06-training-extras/lightning-net.ckpt")
    #expect(alone.tensor_groups.map(\.name) == ["state_dict.net"])
    for file in ["timm-with-ema.pth.tar", "torchvision-reference.pth"] {
      let both = try report("03-averaged-model/" + file)
      #expect(both.tensor_groups.map(\.averaged) == [false, true])
      #expect(both.group == both.tensor_groups[1].name)
      for group in both.tensor_groups {
        #expect(group.params == alone.params && group.bytes == alone.bytes)
        #expect(group.tensors == alone.tensors)
      }
      // Sizes are those of one network, not of the file.
      #expect(both.params == alone.params && both.bytes == alone.bytes)
      let text = try ToolProcess.repvgg.run(
        expecting: 0, ["inspect", CommandFixture.path("cases/03-averaged-model/\(file)")]
      ).output
      for group in both.tensor_groups { #expect(text.contains("'\(group.name)': ")) }
    }
    #expect(
      try report("03-averaged-model/timm-with-ema.pth.tar", ["--group", "state_dict"]).group
        == "state_dict")
  }

  @Test func tensorsWithoutUseAreListed() throws {
    let counted = try report("02-thop-counters/thop.pth").ignored_tensors
    #expect(counted.first.allSatisfy { $0.hasSuffix("total_ops") || $0.hasSuffix("total_params") })
    #expect(counted.count > counted.first.count && !counted.first.isEmpty)
    let extra = try report("06-training-extras/extra.pth").ignored_tensors
    #expect(extra.first == ["extra.queue", "teacher.foo"])
    let criterion = try report("18-mmpretrain-and-official/lightning-criterion.ckpt")
    #expect(criterion.ignored_tensors.first.contains("state_dict.criterion.weight"))
    #expect(try report("18-mmpretrain-and-official/train.pth").ignored_tensors.count == 0)
  }

  @Test(arguments: [
    "06-training-extras/normalize-buffers.pth", "18-mmpretrain-and-official/mm-preprocessor.pth",
  ])
  func normalizationIsKept(_ file: String) throws {
    let found = try #require(try report(file).normalization)
    #expect(found.mean == [0, 0, 0] && found.std == [1, 1, 1])
  }
}
