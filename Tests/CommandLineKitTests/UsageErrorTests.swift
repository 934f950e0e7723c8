import CommandLineKit
import CommandLineKitSample
import Testing

@Suite struct UsageErrorTests {
  private func message(
    _ words: [String], of tool: CommandLineTool = SampleTool.tool,
    environment: [String: String] = [:]
  ) -> String? {
    do {
      _ = try tool.arguments(words, environment: environment)
      return nil
    } catch {
      #expect(error.exitCode == .usage)
      return error.message
    }
  }

  @Test(arguments: [
    (["convert", "--fore", "a", "b"], "unknown option '--fore'; did you mean '--force'?"),
    (["convert", "--no-force", "a", "b"], "unknown option '--no-force'; did you mean '--force'?"),
    (["convert", "-x", "a", "b"], "unknown option '-x'"),
    (["convert", "-fx", "a", "b"], "unknown option '-x' in '-fx'"),
    (["convert", "--=x"], "unknown option '--'"),
    (
      ["convert", "-5", "b"], "unknown option '-5'; write '--' before words that begin with a dash"
    ),
    (["--force"], "unknown option '--force'; it belongs after 'sample convert'"),
    (["convrt"], "unknown command 'convrt'; did you mean 'convert'?"),
    ([], "a command is expected: one of convert, classify, measure, cache, help, completions"),
    (["cache"], "a command is expected: one of clear, list"),
    (
      ["--"],
      "unknown command '--'; one of convert, classify, measure, cache, help, completions is expected"
    ),
    (["convert", "a"], "missing argument: OUT"),
    (["convert"], "missing arguments: IN, OUT"),
    (["classify"], "missing arguments: FILE, --weights FILE"),
    (["convert", "a", "b", "c"], "unexpected argument 'c'; only IN OUT is expected"),
    (["measure", "x"], "unexpected argument 'x'; 'sample measure' takes options only"),
    (["convert", "--force=yes", "a", "b"], "'--force' takes no value; write it alone"),
    (["convert", "a", "b", "--epsilon"], "'--epsilon X' needs a value"),
    (
      ["convert", "a", "b", "--epsilon", "--json"],
      "'--epsilon X' needs a value; if '--json' is it, write '--epsilon=--json'"
    ),
    (
      ["convert", "a", "b.safetensors", "--epsilon", "-1"],
      "'-1' is not a value for '--epsilon X': must be between 0.0 and 1.0"
    ),
    (["convert", "", "b"], "'' is not a value for 'IN': must not be empty"),
    (
      ["convert", "a\u{1B}[31m\n", "b", "--bad\u{7}"],
      "unknown option '--bad\\x07'"
    ),
    (
      ["completions", "tcsh"], "'tcsh' is not a value for 'SHELL': must be one of: bash, zsh, fish"
    ),
  ])
  func saysWhatIsWrongAndWhatWouldBeRight(words: [String], expected: String) {
    #expect(message(words) == expected)
  }

  @Test(arguments: [
    (
      ["--model", "A0", "--weights", "w"],
      "'--model' and '--weights' exclude each other; give one of them"
    ),
    (
      ["--model", "A9"],
      "'A9' is not a value for '--model NAME,...': must be one of: A0, A1, B1, B1g2; did you mean 'A0'?"
    ),
    (
      ["--form", "plain", "--form", "fused"],
      "'fused' is not a value for '--form FORM,...': must be one of: plain, branched, folded"
    ),
    (["rnu"], "unknown command 'rnu'; did you mean 'run'?"),
    (
      ["--batch", "1,,2"],
      "'1,,2' is not a value for '--batch N,...': must be values separated by single commas, without blanks"
    ),
    (
      ["--seed", "-1"],
      "'-1' is not a value for '--seed N': must be an integer between 0 and 18446744073709551615"
    ),
  ])
  func explainsBenchArguments(words: [String], expected: String) {
    #expect(message(words, of: SampleTool.bench) == expected)
  }

  @Test func namesTheEnvironmentVariable() {
    #expect(
      message([], of: SampleTool.bench, environment: ["REPVGG_THREADS": "many"])
        == "'many' is not a value for the environment variable REPVGG_THREADS: must be an integer, "
        + "between 1 and 1024; correct it, unset it, or pass --threads")
    #expect(
      message(["convert", "a", "b.safetensors"], environment: ["REPVGG_CHECK": "maybe"])
        == "'maybe' is not a value for the environment variable REPVGG_CHECK: must be 1 or 0, true or "
        + "false, yes or no, on or off; correct it, unset it, or pass --check")
  }

  @Test func namesTheCommandWhoseHelpTellsMore() throws {
    let error = #expect(throws: UsageError.self) { try SampleTool.tool.arguments(["convert"]) }
    #expect(error?.description == "missing arguments: IN, OUT\nTry 'sample convert --help'.")
    #expect(
      SampleTool.tool.message(for: try #require(error))
        == "sample: missing arguments: IN, OUT\nTry 'sample convert --help'.\n")
  }

  @Test func survivesHostileWords() {
    let long = String(repeating: "é", count: 50_000)
    let oneCharacter = "e" + String(repeating: "\u{301}", count: 50_000)
    let words = [
      long, oneCharacter, "--" + oneCharacter, "--" + long, "--epsilon=" + long, "-" + long,
      "--\u{301}", "-\u{301}", "--=", "---",
      "-=", "--epsilon=\u{301}", "\u{202E}gpj.exe", "\u{0}", "--note=\u{0}", "-f=", "--\n", "=",
      "-\u{0}",
      "\u{FEFF}--json", "--json\u{301}", "--epsilon=9e999", "--epsilon=nan", "--epsilon=0x1p-2",
    ]
    for first in words {
      for second in words {
        let text = message(["convert", first, second]) ?? ""
        #expect(text.utf8.count < 4_000)
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
      }
    }
  }
}
