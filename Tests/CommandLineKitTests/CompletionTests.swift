import CommandLineKit
import CommandLineKitSample
import Foundation
import TestSupport
import Testing

@Suite struct CompletionTests {
  @Test(arguments: Shell.allCases) func printsScripts(shell: Shell) throws {
    for tool in [SampleTool.tool, SampleTool.bench] {
      let script = shell.completionScript(for: tool)
      try Goldens.expect(script, equals: "\(tool.name).\(shell.rawValue)")
      #expect(script.hasSuffix("\n"))
    }
  }

  @Test(.enabled(if: ToolProcess(installed: "bash").exists, "bash is not installed"))
  func bashCanReadItsScripts() throws { try checkSyntax(.bash) }

  @Test(.enabled(if: ToolProcess(installed: "zsh").exists, "zsh is not installed"))
  func zshCanReadItsScripts() throws { try checkSyntax(.zsh) }

  @Test(.enabled(if: ToolProcess(installed: "fish").exists, "fish is not installed"))
  func fishCanReadItsScripts() throws { try checkSyntax(.fish) }

  private func checkSyntax(_ shell: Shell) throws {
    for tool in [SampleTool.tool, SampleTool.bench] {
      let script = shell.completionScript(for: tool)
      let folder = try TemporaryFolder()
      let file = try folder.file("script", script.utf8)
      let checked = try ToolProcess(installed: shell.rawValue).run(["-n", file])
      #expect(checked.code == 0)
      #expect(checked.messages == "")
    }
  }

  @Test func namesFilesAsShellsLookForThem() {
    #expect(Shell.bash.completionFileName(for: SampleTool.bench) == "sample-bench")
    #expect(Shell.zsh.completionFileName(for: SampleTool.bench) == "_sample-bench")
    #expect(Shell.fish.completionFileName(for: SampleTool.bench) == "sample-bench.fish")
  }
}

/// What bash offers, asked of the script in bash itself.
@Suite(.enabled(if: ToolProcess(installed: "bash").exists, "bash is not installed"))
struct BashCompletionTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["networks", "my images"] {
      try FileManager.default.createDirectory(
        atPath: folder.path(name), withIntermediateDirectories: true)
    }
    for name in ["a.pth", "b c.safetensors", "labels.txt", "-dash.pth", "result.json"] {
      try folder.file(name, [])
    }
  }

  /// What is offered after these words, of which the last is the one that is being written.
  private func offers(_ words: String..., by tool: CommandLineTool = SampleTool.tool) throws
    -> [String]
  {
    let quoted = words.map { "'" + $0.replacing("'", with: "'\\''") + "'" }
    let script = """
      \(Shell.bash.completionScript(for: tool))
      cd "$1"
      COMP_WORDS=(\(tool.name) \(quoted.joined(separator: " ")))
      COMP_CWORD=\(words.count)
      _\(tool.name.replacing("-", with: "_"))
      ((${#COMPREPLY[@]})) && printf '%s\\n' "${COMPREPLY[@]}"
      complete -p \(tool.name) >/dev/null
      """
    let result = try ToolProcess(installed: "bash").run([
      "--norc", "-c", script, "bash", folder.path,
    ])
    #expect(result.code == 0)
    #expect(result.messages == "")
    return result.output.split(separator: "\n").map(String.init).sorted()
  }

  @Test func offersCommands() throws {
    #expect(
      try offers("") == ["cache", "classify", "completions", "convert", "help", "measure"])
    #expect(try offers("con") == ["convert"])
    #expect(try offers("--color", "never", "-q", "con") == ["convert"])
    #expect(try offers("cache", "") == ["clear", "list"])
    #expect(try offers("help", "c") == ["cache", "classify", "completions", "convert"])
    #expect(try offers("sec") == [])
  }

  @Test func offersOptions() throws {
    #expect(
      try offers("convert", "--") == [
        "--check", "--color", "--epsilon", "--force", "--help", "--json", "--no-check", "--note",
        "--quiet", "--version",
      ])
    #expect(try offers("convert", "x", "--f") == ["--force"])
    #expect(try offers("--") == ["--color", "--help", "--quiet", "--version"])
    #expect(try offers("convert", "--", "--f") == [])
  }

  @Test func offersFilesWithTheirEndings() throws {
    #expect(
      try offers("convert", "") == [
        "-dash.pth", "a.pth", "b c.safetensors", "my images", "networks",
      ])
    #expect(try offers("convert", "a.pth", "") == ["b c.safetensors", "my images", "networks"])
    #expect(try offers("convert", "a.pth", "b", "") == [])
    #expect(try offers("convert", "--", "-d") == ["-dash.pth"])
    #expect(try offers("classify", "x", "y", "l") == ["labels.txt"])
    #expect(try offers("classify", "--labels", "") == ["labels.txt", "my images", "networks"])
    #expect(try offers("classify", "-w", "a") == ["a.pth"])
    #expect(try offers("classify", "--output-directory", "") == ["my images", "networks"])
    #expect(try offers("classify", "--top", "") == [])
    #expect(try offers("classify", "--top", "3", "lab") == ["labels.txt"])
  }

  @Test func offersValues() throws {
    #expect(try offers("completions", "") == ["bash", "fish", "zsh"])
    #expect(try offers("convert", "--color", "a") == ["always", "auto"])
    // As readline splits words at "=", and as it does where the user took "=" out of the breaks.
    #expect(try offers("convert", "--color", "=") == ["always", "auto", "never"])
    #expect(try offers("convert", "--color", "=", "ne") == ["never"])
    #expect(try offers("convert", "--color=ne") == ["--color=never"])
    #expect(try offers("convert", "--color", "=", "never", "--fo") == ["--force"])
  }

  @Test func offersItemsOfLists() throws {
    let bench = SampleTool.bench
    #expect(try offers("run", "--form", "", by: bench) == ["branched", "folded", "plain"])
    #expect(try offers("run", "--form", "plain,b", by: bench) == ["plain,branched"])
    #expect(try offers("run", "--form=plain,b", by: bench) == ["--form=plain,branched"])
    #expect(try offers("run", "--model", "B1", by: bench) == ["B1", "B1g2"])
    #expect(try offers("run", "--batch", "", by: bench) == [])
  }

  @Test func offersTheDefaultSubcommandsOptions() throws {
    let bench = SampleTool.bench
    #expect(try offers("--fo", by: bench) == ["--form", "--format"])
    #expect(try offers("--format", "j", by: bench) == ["json"])
    #expect(try offers("--model", "A0", "--for", by: bench) == ["--form", "--format"])
    // After an option of 'run' its command is chosen.
    #expect(try offers("--model", "A0", "", by: bench) == [])
    #expect(try offers("--quiet", "", by: bench) == ["compare", "completions", "help", "run"])
    #expect(
      try offers("compare", "result.json", "r", by: bench) == ["result.json"])
  }

  @Test func runsNothingThatIsWrittenOnTheLine() throws {
    let mark = folder.path("mark")
    for word in [
      "$(touch mark)", "`touch mark`", "--color=$(touch mark)", "a;touch mark",
      "--x[$(touch mark)]",
    ] {
      _ = try offers("convert", word)
      _ = try offers("run", "--form", word, by: SampleTool.bench)
      _ = try offers(word, "--form", "x", by: SampleTool.bench)
    }
    #expect(!FileManager.default.fileExists(atPath: mark))
  }
}
