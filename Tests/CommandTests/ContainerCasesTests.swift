import Foundation
import RepVGG
import TestSupport
import Testing

/// Files as people have them, in `Tests/Fixtures/cases`: what PyTorch loads agrees with what it
/// computed, and anything else is refused with a sentence that names the cause and the next step.
@Suite struct ContainerCasesTests {
  /// A file and what is expected of it.
  struct Case: Sendable, CustomTestStringConvertible {
    let folder: String
    let file: String
    /// Relative L2 that logits may differ by; nil where the file is refused.
    var tolerance: Double?
    /// What the message holds.
    var reasons: [String] = []

    var testDescription: String { "\(folder)/\(file)" }
    var path: String { CommandFixture.path("cases/\(folder)/\(file)") }
    func path(_ name: String) -> String { CommandFixture.path("cases/\(folder)/\(name)") }
  }

  private static func agreeing(
    _ folder: String, _ files: [String], within tolerance: Double = 1e-5
  ) -> [Case] {
    files.map { Case(folder: folder, file: $0, tolerance: tolerance) }
  }

  private static func refused(_ folder: String, _ files: [(String, [String])]) -> [Case] {
    files.map { Case(folder: folder, file: $0.0, reasons: $0.1) }
  }

  static let cases: [Case] =
    agreeing("11-not-a-state-dict", ["ok.pth", "recompressed.pth", "tuple.pth"])
    + refused(
      "11-not-a-state-dict",
      [
        ("cut-start.pth", ["without its beginning", "download it again"]),
        ("cut.pth", ["cut short at 100000 bytes", "download it again"]),
        ("empty.pth", ["is empty"]), ("fake.gguf", ["GGUF"]),
        ("lfs.pth", ["Git LFS pointer", "git lfs pull"]),
        ("list.pth", ["list of 130 tensors without names", "state_dict()"]),
        ("model.onnx", ["is cut short", "is damaged"]),
        ("model.safetensors.index.json", ["index of a checkpoint in several files"]),
        ("model.xml", ["OpenVINO"]), ("numpy-pickle.pth", ["pickle of NumPy arrays"]),
        ("ok.pth.gz", ["gzip; decompress it first"]),
        ("one-tensor.pth", ["one tensor of shape [7, 32]", "state_dict()"]),
        ("page.pth", ["web page"]), ("script.pt", ["TorchScript", "state_dict()"]),
        ("weights.npz", ["NPZ"]),
        ("whole-in-dict-plain.pt", ["whole module under 'model'", "model.state_dict()"]),
        ("whole-in-dict.pt", ["whole module under 'model'", "model.state_dict()"]),
        ("whole.pth", ["whole module (tinyrep.Tiny)", "model.state_dict()"]),
        ("wrapped.zip", ["zip archive around 'ok.pth'", "unpack it"]),
      ])
    + agreeing(
      "12-tensor-kinds",
      [
        "big-endian.pth", "buffer.pth", "double.pth", "no-counters.pth", "parameters.pth",
        "qtensor-outside-model.pth", "subclass.pth", "uint16-extra.pth",
      ])
    // The weights are rounded, the logits are those of the others.
    + agreeing(
      "12-tensor-kinds", ["half.pth", "cuda.pth", "mixed.pth", "mixed-legacy.pth"], within: 5e-3)
    + agreeing("12-tensor-kinds", ["bf16.pth"], within: 0.05)
    + agreeing("12-tensor-kinds", ["fp8.pth"], within: 1)
    + refused(
      "12-tensor-kinds",
      [
        ("meta.pth", ["tensor '", "on the meta device"]),
        ("sparse.pth", ["tensor 'stage1.", "sparse", "to_dense()"]),
      ])
    + agreeing(
      "13-safetensors",
      [
        "empty-meta.safetensors", "meta-empty-object.safetensors", "meta-null.safetensors",
        "pt.safetensors", "safetensors-named.pth", "torch-named.safetensors",
        "u16-extra.safetensors", "unpadded.safetensors", "zero-f32.safetensors",
        "zero-fp8.safetensors",
      ])
    + refused(
      "13-safetensors",
      [
        ("aliased.safetensors", ["'tied'", "overlap"]),
        ("cut-header.safetensors", ["cut short at 500 bytes, in its header of 11792 bytes"]),
        ("cut.safetensors", ["cut short at 131772 of 132772 bytes", "download it again"]),
        ("duplicate-key.safetensors", ["'linear.bias'", "occurs twice"]),
        ("meta-number.safetensors", ["malformed header"]),
        ("shape-lies.safetensors", ["'linear.weight'", "leave its storage"]),
        ("trailing.safetensors", ["holds 120988 bytes of data, its tensors cover 120972"]),
      ])
    + refused(
      "hostile",
      [
        ("b_8.pth", ["repeats elements"]), ("s_stackglobal1000.pth", ["name of 65536 bytes"]),
        ("s_z20.pth", ["malformed pickle"]),
        ("t_zalgm8000.safetensors", ["combining marks"]),
      ])

  /// Every file but scripts, arrays, and those of other suites.
  @Test func everyFileIsExpected() throws {
    for folder in ["11-not-a-state-dict", "12-tensor-kinds", "13-safetensors"] {
      let files = try FileManager.default.contentsOfDirectory(
        atPath: CommandFixture.path("cases/\(folder)"))
      let known = Set(Self.cases.filter { $0.folder == folder }.map(\.file))
      #expect(
        Set(files.filter { !$0.hasSuffix(".py") && !$0.hasSuffix(".npy") }) == known, "\(folder)")
    }
  }

  @Test(arguments: cases) func isReadOrRefused(_ given: Case) throws {
    let clock = ContinuousClock()
    var arguments = ["verify", given.path]
    if let tolerance = given.tolerance {
      arguments += [
        "-i", given.path("x.npy"), "--logits", given.path("y.npy"), "--tolerance", "\(tolerance)",
      ]
    } else {
      arguments += ["--random", "1", "--size", "32"]
    }
    let duration = try clock.measure {
      let outcome = try ToolProcess.repvgg.run(
        expecting: given.tolerance == nil ? 65 : 0, arguments)
      for reason in given.reasons + (given.tolerance == nil ? [given.path] : []) {
        #expect(outcome.messages.contains(reason), "\(outcome.messages)")
      }
      #expect(outcome.messages.utf8.count < 2000)
    }
    // A debug build on a busy machine takes a while; what this is about took minutes to hours.
    #expect(duration < .seconds(180))
  }

  @Test func nothingIsWrittenOfTensorsThatRepeatThemselves() throws {
    let folder = try TemporaryFolder()
    try ToolProcess.repvgg.run(
      expecting: 65,
      ["convert", CommandFixture.path("cases/hostile/b_8.pth"), folder.path("o.safetensors")])
    #expect(try folder.contents.isEmpty)
  }

  @Test func everythingMayComeFromPipes() throws {
    let folder = CommandFixture.path("cases/12-tensor-kinds")
    for command in [
      "\"$0\" verify <(cat double.pth) -i <(cat x.npy) --logits <(cat y.npy) --tolerance 1e-5",
      "cat double.pth | \"$0\" inspect -", "\"$0\" inspect /dev/stdin < double.pth",
      "cat double.pth | \"$0\" verify /dev/stdin -i x.npy --logits y.npy --tolerance 1e-5",
    ] {
      let outcome = try shell(command, in: folder)
      #expect(outcome.code == 0, "\(command): \(outcome.messages)")
    }
    let endless = try shell("\"$0\" inspect - < <(cat /dev/zero)", in: folder)
    #expect(endless.code == 65, "\(endless.messages)")
    #expect(endless.messages.contains("neither a safetensors nor a PyTorch file"))
  }

  /// A pipe's writer may never come; Ctrl-C ends the wait.
  @Test func waitingForAPipeEndsOnInterruption() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let network = CommandFixture.path("tiny/train.safetensors")
    for arguments in [
      ["inspect", pipe], ["run", network, "-i", pipe, "-o", folder.path("y.npy")],
    ] {
      let tool = try ToolProcess.repvgg.start(arguments)
      // Until its handler of signals is there.
      Thread.sleep(forTimeInterval: 3)
      #expect(tool.isRunning)
      tool.interrupt()
      let outcome = try tool.finish()
      #expect(outcome.code == 130, "\(outcome.messages)")
      #expect(outcome.messages.contains("interrupted"))
    }
    #expect(try folder.contents == ["pipe"])
  }

  /// Runs a command of Bash in a folder; `$0` is the tool.
  private func shell(_ command: String, in folder: String) throws -> ToolProcess.Outcome {
    try ToolProcess(installed: "bash").run(
      ["-c", "cd \"$1\" || exit; \(command)", ToolProcess.repvgg.executable.path, folder])
  }
}
