import Foundation
import RepVGG
import Testing

/// Files that hold a network more than once.
@Suite struct CheckpointGroupsTests {
  /// A file with the network of `tiny` under each prefix; those of `zeros` with a zero head.
  static func checkpoint(_ prefixes: [String], zeros: [String] = []) throws -> Checkpoint {
    let tiny = try FamilyTests.checkpoint("tiny/train.safetensors").tensors
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in tiny {
      for prefix in prefixes {
        tensors[prefix + name] = Tensor(shape: tensor.shape, source: tensor.source)
      }
      for prefix in zeros {
        tensors[prefix + name] =
          name.hasPrefix("linear.")
          ? Tensor(shape: tensor.shape, elements: [Float](repeating: 0, count: tensor.count))
          : Tensor(shape: tensor.shape, source: tensor.source)
      }
    }
    return Checkpoint(tensors: tensors)
  }

  private static func isZero(_ checkpoint: Checkpoint, _ group: String? = nil) throws -> Bool {
    let network = try Network(checkpoint, options: NetworkOptions(group: group))
    return try FamilyTests.logits(network).allSatisfy { $0 == 0 }
  }

  static let averaged: [(raw: String, averaged: String, names: [String])] = [
    ("state_dict.", "state_dict_ema.", ["state_dict", "state_dict_ema"]),
    ("model.", "model_ema.module.", ["model", "model_ema"]),
    ("state_dict.model.", "state_dict.model_ema.module.", ["model", "model_ema"]),
    ("model.", "ema.", ["model", "ema"]), ("net.", "averaged.", ["net", "averaged"]),
    ("module.", "swa_model.module.", ["", "swa_model"]), ("", "EMA.", ["", "EMA"]),
    ("model.module._orig_mod.", "ema_0.9999.module.", ["model", "ema_0.9999"]),
  ]

  @Test(arguments: averaged)
  func averagedWeightsAreTheDefault(_ test: (raw: String, averaged: String, names: [String]))
    throws
  {
    let checkpoint = try Self.checkpoint([test.raw], zeros: [test.averaged])
    #expect(Set(checkpoint.groups.map(\.name)) == Set(test.names))
    #expect(checkpoint.groups.filter(\.isAveraged).map(\.name) == [test.names[1]])
    let network = try Network(checkpoint)
    #expect(network.origin.group == test.names[1])
    #expect(network.origin.groups == checkpoint.groups)
    #expect(network.origin.ignoredTensors.isEmpty)
    #expect(try Self.isZero(checkpoint))
    #expect(try Self.isZero(checkpoint, test.names[1]))
    #expect(try !Self.isZero(checkpoint, test.names[0]))
  }

  @Test func averagesAreKnownByTheirCounterToo() throws {
    var checkpoint = try Self.checkpoint(["first."], zeros: ["second.module."])
    #expect(throws: RepVGGError.self) { try Network(checkpoint) }
    checkpoint.tensors["second.n_averaged"] = Tensor(shape: [], elements: [7])
    #expect(try Self.isZero(checkpoint))
    // Alone, `module.` beside a scalar is a network like any other.
    var alone = try Self.checkpoint(["module."])
    alone.tensors["n_averaged"] = Tensor(shape: [], elements: [7])
    #expect(try !Self.isZero(alone))
    #expect(alone.groups.map(\.isAveraged) == [true])
  }

  @Test func mmengineExchangesTheTwoWhenItSaves() throws {
    var checkpoint = try Self.checkpoint(["state_dict."], zeros: ["ema_state_dict.module."])
    // Somebody else's file.
    #expect(try Self.isZero(checkpoint))
    checkpoint.tensors["ema_state_dict.steps"] = Tensor(shape: [], elements: [7])
    #expect(checkpoint.groups.filter(\.isAveraged).map(\.name) == ["state_dict"])
    #expect(try !Self.isZero(checkpoint))
    #expect(try Self.isZero(checkpoint, "ema_state_dict"))
  }

  @Test func lightningExchangesTheTwoAsWell() throws {
    let checkpoint = try Self.checkpoint(
      ["current_model_state.model."], zeros: ["state_dict.model."])
    #expect(checkpoint.groups.filter(\.isAveraged).map(\.name) == ["state_dict.model"])
    #expect(try Self.isZero(checkpoint))
    #expect(try !Self.isZero(checkpoint, "current_model_state"))
  }

  @Test func theStudentIsTakenBeforeItsTeacher() throws {
    let checkpoint = try Self.checkpoint(["student."], zeros: ["teacher.backbone."])
    #expect(checkpoint.groups.map(\.name) == ["student", "teacher"])
    #expect(try Network(checkpoint).origin.group == "student")
    #expect(try !Self.isZero(checkpoint))
    #expect(try Self.isZero(checkpoint, "teacher"))
    #expect(try Self.isZero(checkpoint, "teacher.backbone"))
  }

  @Test func nothingIsChosenWithoutAReason() throws {
    let checkpoint = try Self.checkpoint(["state_dict.a.", "state_dict.b."])
    let error = try #require(#expect(throws: RepVGGError.self) { try Network(checkpoint) })
    #expect(error.kind == .badData)
    for part in ["'a'", "'b'", "--group"] { #expect(error.reason.contains(part)) }
    let twice = try Self.checkpoint(["net.", "ema_1.", "ema_2."])
    #expect(throws: RepVGGError.self) { try Network(twice) }
    let many = try Self.checkpoint((0..<40).map { "copy_\($0)." })
    let text = "\(try #require(#expect(throws: RepVGGError.self) { try Network(many) }))"
    #expect(text.utf8.count < 1000 && text.contains("more"))
  }

  @Test func anUnknownNameIsRefused() throws {
    let checkpoint = try Self.checkpoint(["model.", "model_ema."])
    for name in ["mod", "model_ema.x", "", "x\u{7}"] {
      let error = #expect(throws: RepVGGError.self) {
        try Network(checkpoint, options: NetworkOptions(group: name))
      }
      #expect(error?.kind == .invalidArgument)
      #expect(error?.reason.contains("'model', 'model_ema'") ?? false)
    }
  }

  @Test func sizesAreThoseOfOneNetwork() throws {
    let alone = try Self.checkpoint([""])
    let network = try Network(alone)
    let group = try #require(alone.groups.first)
    #expect(group.name.isEmpty && alone.groups.count == 1)
    #expect(group.parameterCount == network.parameterCount)
    #expect(group.tensorCount == alone.tensors.count)
    #expect(
      group.byteCount
        == alone.tensors.values.reduce(0) { $0 + $1.count * $1.elementType.byteCount })
    for both in try Self.checkpoint(["model."], zeros: ["model_ema."]).groups {
      #expect(both.parameterCount == group.parameterCount && both.byteCount == group.byteCount)
    }
    #expect(Checkpoint(tensors: ["x": Tensor(shape: [1], elements: [0])]).groups.isEmpty)
  }

  /// Momenta and gradients have the names of blocks, but none of their statistics.
  @Test func optimizerStateIsNoNetwork() throws {
    var checkpoint = try Self.checkpoint(["model."])
    for (name, tensor) in try FamilyTests.checkpoint("tiny/train.safetensors").tensors
    where !name.contains("running_") && !name.contains("num_batches") {
      checkpoint.tensors["gradients." + name] = tensor
    }
    for (name, tensor) in try FamilyTests.checkpoint("tiny/train.safetensors").tensors {
      checkpoint.tensors["optimizer.ema." + name] = tensor
    }
    #expect(checkpoint.groups.map(\.name) == ["model"])
    #expect(try Network(checkpoint).origin.ignoredTensors.count > 100)
  }

  /// An average without the statistics that it needs is not silently passed over.
  @Test func anIncompleteAverageNamesTheOther() throws {
    var checkpoint = try Self.checkpoint(["model."], zeros: ["model_ema."])
    for name in checkpoint.tensors.keys
    where name.hasPrefix("model_ema.") && name.contains("running_") {
      checkpoint.tensors[name] = nil
    }
    let error = try #require(#expect(throws: RepVGGError.self) { try Network(checkpoint) })
    #expect(error.reason.contains("missing") && error.reason.contains("group 'model_ema'"))
    #expect(error.reason.contains("others are model"))
    #expect(try !Self.isZero(checkpoint, "model"))
  }
}
