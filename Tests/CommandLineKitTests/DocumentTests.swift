import CommandLineKit
import CommandLineKitSample
import Foundation
import TestSupport
import Testing

@Suite struct DocumentTests {
  private static let plain = Terminal(isTerminal: false, reportedWidth: 80, environment: [:])

  @Test(arguments: [
    [], ["convert"], ["classify"], ["measure"], ["cache"], ["cache", "clear"], ["help"],
    ["completions"],
  ])
  func printsHelp(words: [String]) throws {
    let text = try SampleTool.tool.helpText(words, terminal: Self.plain)
    try Goldens.expect(text, equals: (["sample"] + words).joined(separator: "-") + ".help")
  }

  @Test(arguments: [[], ["run"], ["compare"]])
  func printsHelpOfADefaultSubcommand(words: [String]) throws {
    let text = try SampleTool.bench.helpText(words, terminal: Self.plain)
    try Goldens.expect(text, equals: (["sample-bench"] + words).joined(separator: "-") + ".help")
  }

  @Test(arguments: [0, 1, 40, 60, 80, 10_000])
  func fitsTheTerminal(width: Int) throws {
    let terminal = Terminal(isTerminal: false, reportedWidth: width, environment: [:])
    let text = try SampleTool.bench.helpText([], terminal: terminal)
    let lines = text.split(separator: "\n")
    // Below 60 columns the text's column stops shrinking; above 100 lines are hard to read.
    #expect(lines.allSatisfy { $0.count <= min(100, max(width, 60)) })
  }

  @Test func coloursOnlyWhereItMay() throws {
    let color = Terminal(isTerminal: true, reportedWidth: 80, environment: [:])
    let text = try SampleTool.tool.helpText(["convert"], terminal: color)
    #expect(text.contains("\u{1B}[1mOptions:\u{1B}[0m"))
    let bare = text.replacing(try Regex("\u{1B}\\[[0-9]+m"), with: "")
    #expect(bare == (try SampleTool.tool.helpText(["convert"], terminal: Self.plain)))
  }

  @Test func namesNothingHidden() throws {
    for tool in [SampleTool.tool, SampleTool.bench] {
      let pages = ManPage.pages(of: tool).map(\.text)
      let scripts = Shell.allCases.map { $0.completionScript(for: tool) }
      let help = try tool.helpText([], terminal: Self.plain)
      for text in pages + scripts + [help] {
        #expect(!text.contains("secret"))
        #expect(!text.contains("unmentioned"))
      }
    }
  }

  @Test func writesManPages() throws {
    let pages = ManPage.pages(of: SampleTool.tool) + ManPage.pages(of: SampleTool.bench)
    let names = pages.map(\.fileName)
    #expect(
      names == [
        "sample.1", "sample-convert.1", "sample-classify.1", "sample-measure.1", "sample-cache.1",
        "sample-cache-clear.1", "sample-cache-list.1", "sample-help.1", "sample-completions.1",
        "sample-bench.1", "sample-bench-run.1", "sample-bench-compare.1", "sample-bench-help.1",
        "sample-bench-completions.1",
      ])
    for name in ["sample.1", "sample-convert.1", "sample-bench-run.1"] {
      let page = try #require(pages.first { $0.fileName == name })
      try Goldens.expect(page.text, equals: name)
    }
  }

  @Test func documentsEveryExitCode() throws {
    let help = try SampleTool.tool.helpText([], terminal: Self.plain)
    let page = try #require(ManPage.pages(of: SampleTool.tool).first)
    let words = help.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for code in ExitCode.allCases {
      #expect(words.contains("\(code.rawValue) \(code.meaning)"))
      #expect(page.text.contains("\\fB\(code.rawValue)\\fR"))
    }
  }

  @Test(.enabled(if: ToolProcess(installed: "groff").exists, "groff is not installed"))
  func writesRoffThatGroffTakes() throws {
    for page in ManPage.pages(of: SampleTool.tool) + ManPage.pages(of: SampleTool.bench) {
      let checked = try ToolProcess(installed: "groff").run(
        ["-man", "-ww", "-z", "-Tutf8"], input: Data(page.text.utf8))
      #expect(checked.code == 0)
      #expect(checked.messages == "", "\(page.fileName)")
    }
  }

  @Test(.enabled(if: ToolProcess(installed: "groff").exists, "groff is not installed"))
  func printsTextLiterallyThroughGroff() throws {
    let page = try #require(ManPage.pages(of: SampleTool.tool).first)
    let arguments = ["-man", "-Tutf8", "-P-c", "-P-b", "-P-u", "-rLL=200n"]
    let printed = try ToolProcess(installed: "groff").run(arguments, input: Data(page.text.utf8))
    #expect(
      printed.output.contains(
        "Lines that begin with a dot or hold 'quotes', back\\slashes and -dashes- are printed as"))
  }
}
