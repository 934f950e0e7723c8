import CommandLineKit
import CommandLineKitSample
import Testing

@Suite struct DefinitionTests {
  @Test func findsNothingWrongWithTheSamples() {
    #expect(SampleTool.tool.definitionProblems == [])
    #expect(SampleTool.bench.definitionProblems == [])
  }

  @Test func findsWhatIsWrong() {
    let many = Positional("MANY", .each(.path), default: [], help: "Files.")
    let one = Positional("ONE", .path, help: "")
    let twice = Flag("twice", short: "h", help: "A flag.")
    let again = Option("twice", .text(), default: "", environment: "repvgg-x", help: "An option.")
    let choice = Option("Choice", .oneOf([Choice("a b")], "X"), help: "An option.")
    let other = Flag("other", help: "A flag.")
    let tool = CommandLineTool(
      root: Command(
        "tool", summary: "",
        subcommands: [
          Command(
            "one", summary: "Ends with a stop.", arguments: [many, one, twice, again, choice],
            constraints: [.conflict(twice, other)]
          ) { _ in .success },
          Command("one", summary: "Again") { _ in .success },
        ], defaultSubcommand: "none"),
      versionNumber: "1", versionText: { "1" })
    let problems = tool.definitionProblems
    for expected in [
      "tool: there is no summary", "tool: two commands named one",
      "tool: the default subcommand does not exist", "tool one: the summary ends with a full stop",
      "tool one: -h is declared twice", "tool one: --twice is declared twice",
      "tool one: ONE comes after the repeated MANY",
      "tool one: the required ONE comes after the optional MANY", "tool one: ONE has no help",
      "tool one: --twice has a variable that is not made of A-Z, 0-9 and _",
      "tool one: --Choice is not made of a-z, 0-9 and dashes",
      "tool one: --Choice has a choice that is not plain ASCII, or has a comma",
      "tool one: a rule names --other, which the command does not take",
    ] {
      #expect(problems.contains(expected), "\(problems)")
    }
  }

  @Test func enforcesEveryRule() throws {
    let first = Option("first", .text(), environment: "REPVGG_FIRST", help: "First.")
    let second = Option("second", .text(), environment: "REPVGG_SECOND", help: "Second.")
    let third = Flag("third", help: "Third.")
    let tool = CommandLineTool(
      root: Command(
        "tool", summary: "A tool", arguments: [first, second, third],
        constraints: [.exactlyOne(first, second), .requirement(third, needs: first)]
      ) { _ in .success }, versionNumber: "1", versionText: { "1" })
    func message(_ words: [String], _ environment: [String: String] = [:]) -> String? {
      do {
        _ = try tool.arguments(words, environment: environment)
        return nil
      } catch { return error.message }
    }
    #expect(message([]) == "one of --first, --second must be given")
    #expect(message(["--first=a"]) == nil)
    #expect(
      message(["--first=a", "--second=b"])
        == "'--first' and '--second' exclude each other; give one of them")
    #expect(
      message(["--second=b", "--third"])
        == "'--third' makes sense only together with '--first'; give both")
    #expect(message(["--first=a", "--third"]) == nil)
    #expect(message([], ["REPVGG_FIRST": "a"]) == nil)
    #expect(message(["--third"], ["REPVGG_FIRST": "a"]) == nil)
    #expect(
      message([], ["REPVGG_FIRST": "a", "REPVGG_SECOND": "b"])
        == "the environment variables REPVGG_FIRST and REPVGG_SECOND exclude each other; unset one "
        + "of them")
    #expect(message(["--second=x"], ["REPVGG_FIRST": "a", "REPVGG_SECOND": "b"]) == nil)
  }

  @Test func keepsTheExitCodesThatAreDocumented() {
    #expect(ExitCode.allCases.map(\.rawValue) == [0, 1, 2, 3, 64, 65, 66, 70, 73, 74, 130])
  }
}
