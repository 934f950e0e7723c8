import TestSupport
import Testing

/// Command lines that are wrong: exit code 64, a message that helps, nothing on standard output.
@Suite struct UsageTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    let tool: ToolProcess
    let words: [String]
    /// What the message has to contain.
    let hints: [String]
    var testDescription: String { ([tool.name] + words).joined(separator: " ") }

    init(_ tool: ToolProcess, _ words: [String], _ hints: String...) {
      self.tool = tool
      self.words = words
      self.hints = hints
    }
  }

  static let mistakes: [Mistake] = [
    Mistake(.repvgg, ["inspct", "x"], "inspct", "did you mean 'inspect'"),
    Mistake(.repvgg, ["inspect", "x", "--jsn"], "--jsn", "did you mean '--json'"),
    Mistake(.repvgg, ["inspect"], "FILE"),
    Mistake(.repvgg, ["inspect", "x", "y"], "'y'"),
    Mistake(.repvgg, ["convert", "x"], "OUT"),
    Mistake(.repvgg, ["run", "x", "-i", "y"], "--output"),
    Mistake(.repvgg, ["run", "x", "-i", "y", "-o", "z.npz"], "z.npz", ".npy, or be -"),
    Mistake(.repvgg, ["deploy", "x", "z.onnx"], "z.onnx", ".safetensors"),
    Mistake(.repvgg, ["inspct", "--help"], "inspct", "did you mean 'inspect'"),
    Mistake(.bench, ["report", "x", "--html", "z.pdf"], "z.pdf", ".html, or be -"),
    Mistake(.bench, ["write-seeded", "--model", "A0", "z.pth"], "z.pth", ".safetensors"),
    Mistake(.repvgg, ["run", "x", "-o", "y.npy"], "--input"),
    Mistake(.repvgg, ["run", "x", "-i", "y", "-o", "z.npy", "--form", "plian"], "plian", "plain"),
    Mistake(.repvgg, ["run", "x", "-i", "y", "-o", "z.npy", "--threads", "0"], "--threads"),
    Mistake(
      .repvgg, ["run", "x", "-i", "y", "-o", "z.npy", "-t", "99999999999999999999"], "--threads"),
    Mistake(.repvgg, ["run", "x", "-i", "y", "-o", "z.npy", "--epsilon", "nan"], "--epsilon"),
    Mistake(.repvgg, ["verify", "x", "--tolerance=-1"], "--tolerance"),
    Mistake(.repvgg, ["verify", "x", "--size", "12by12"], "--size"),
    Mistake(.repvgg, ["inspect", "x", "--json=yes"], "--json"),
    Mistake(.repvgg, []),
    Mistake(.bench, ["runn"], "runn", "did you mean 'run'"),
    Mistake(.bench, ["--modle", "A0"], "--modle", "did you mean '--model'"),
    Mistake(.bench, ["run", "--model", "A9"], "A9", "RepVGG-A0", "RepVGGplus-L2pse"),
    Mistake(
      .bench, ["run", "--model", "mobileone-s9"], "mobileone-s9", "MobileOne-S4", "YOLOv6-N"),
    Mistake(.bench, ["claims", "--model", "mobileone-s0"], "RepVGG's blocks", "MobileOne-S0"),
    Mistake(.bench, ["run", "--batch", "0"], "--batch"),
    Mistake(.bench, ["run", "--batch", "1,x"], "--batch"),
    Mistake(.bench, ["run", "--form", "fused"], "fused", "plain"),
    Mistake(.bench, ["run", "--size", "0x5"], "--size"),
    Mistake(.bench, ["run", "--min-time", "-1"], "--min-time"),
    Mistake(.bench, ["run", "--min-time", "inf"], "--min-time"),
    Mistake(.bench, ["run", "--seed", "x"], "--seed"),
    Mistake(.bench, ["run", "--format", "xml"], "xml", "json"),
    Mistake(.bench, ["run", "--model", "A0", "--weights", "x"], "--model", "--weights"),
    Mistake(.bench, ["kernels", "--model", "A0", "--weights", "x"], "--model", "--weights"),
  ]

  @Test(arguments: mistakes) func areExplained(_ mistake: Mistake) throws {
    let outcome = try mistake.tool.run(expecting: 64, mistake.words)
    #expect(outcome.output.isEmpty)
    #expect(outcome.messages.hasPrefix(mistake.tool.name))
    for hint in mistake.hints {
      #expect(outcome.messages.contains(hint), "\(hint) in \(outcome.messages)")
    }
  }

  @Test(arguments: [ToolProcess.repvgg, .bench])
  func helpAndVersionGoToStandardOutput(_ tool: ToolProcess) throws {
    let help = try tool.run(expecting: 0, ["--help"])
    #expect(help.output.lowercased().contains("usage"))
    #expect(help.messages.isEmpty)
    let version = try tool.run(expecting: 0, ["--version"])
    for part in [tool.name, "commit", "OpenBLAS", "core"] {
      #expect(version.output.contains(part), "\(version.output)")
    }
    #expect(!version.output.contains("Prescott"))
  }

  @Test(arguments: ["inspect", "convert", "verify", "run"])
  func everyCommandHasHelp(_ command: String) throws {
    let help = try ToolProcess.repvgg.run(expecting: 0, [command, "--help"]).output
    #expect(help.contains("repvgg \(command)"))
    #expect(try ToolProcess.repvgg.run(expecting: 0, ["help", command]).output == help)
  }

  @Test(arguments: [ToolProcess.repvgg, .bench]) func helpListsTheExitCodes(_ tool: ToolProcess)
    throws
  {
    let help = try tool.run(expecting: 0, ["--help"]).output
    for code in [0, 1, 64, 65, 66, 70, 73, 74, 130] {
      #expect(help.contains(" \(code) "), "\(code) in \(help)")
    }
  }
}
