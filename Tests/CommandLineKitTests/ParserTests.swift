import CommandLineKit
import CommandLineKitSample
import Testing

@Suite struct ParserTests {
  private func convert(_ words: String..., environment: [String: String] = [:]) throws -> Arguments
  {
    try #require(try SampleTool.tool.arguments(["convert"] + words, environment: environment))
  }

  private func run(_ words: String..., environment: [String: String] = [:]) throws -> Arguments {
    try #require(try SampleTool.bench.arguments(words, environment: environment))
  }

  @Test func readsPositionalsFlagsAndOptionsInAnyOrder() throws {
    let arguments = try convert("--json", "a.pth", "-f", "--epsilon", "1e-3", "b.safetensors")
    #expect(arguments[ConvertCommand.input] == "a.pth")
    #expect(arguments[ConvertCommand.output] == "b.safetensors")
    #expect(arguments[ConvertCommand.force])
    #expect(arguments[ConvertCommand.json])
    #expect(arguments[ConvertCommand.epsilon] == 1e-3)
    #expect(arguments.commandWords == ["sample", "convert"])
    #expect(arguments.words.first == "convert")
    #expect(arguments.isGiven(ConvertCommand.force))
    #expect(arguments.source(of: ConvertCommand.note) == .default)
  }

  @Test func givesDefaultsWhereNothingIsGiven() throws {
    let arguments = try convert("a", "b.safetensors")
    #expect(!arguments[ConvertCommand.force])
    #expect(arguments[ConvertCommand.check])
    #expect(arguments[ConvertCommand.epsilon] == 1e-5)
    #expect(arguments[ConvertCommand.note] == [])
    let bench = try run()
    #expect(bench[RunCommand.threads] == nil)
    #expect(bench[RunCommand.minimumTime] == .seconds(2))
    #expect(bench[RunCommand.form] == [.plain, .branched])
  }

  @Test func takesTheDefaultSubcommandWhereNoneIsNamed() throws {
    let named = try run("run", "--model", "a0,B1g2", "-b", "1,8", "-t2", "--size=224x160,96")
    let unnamed = try run("--model", "a0,B1g2", "-b", "1,8", "-t2", "--size=224x160,96")
    for arguments in [named, unnamed] {
      #expect(arguments.commandWords == ["sample-bench", "run"])
      #expect(arguments[RunCommand.model] == ["A0", "B1g2"])
      #expect(arguments[RunCommand.batch] == [1, 8])
      #expect(arguments[RunCommand.threads] == [2])
      #expect(
        arguments[RunCommand.size] == [
          PixelSize(height: 224, width: 160), PixelSize(height: 96, width: 96),
        ])
    }
    #expect(try run("--quiet", "--seed", "7")[StandardArguments.quiet])
  }

  @Test func readsEveryFormOfShortOption() throws {
    for words in [["-t", "2"], ["-t2"], ["-t=2"], ["-qt2"], ["-qt", "2"], ["--threads=2"]] {
      let arguments = try #require(try SampleTool.bench.arguments(words))
      #expect(arguments[RunCommand.threads] == [2], "\(words)")
    }
  }

  @Test func endsOptionsAtTwoDashes() throws {
    let arguments = try convert("--force", "--", "--json", "-")
    #expect(arguments[ConvertCommand.input] == "--json")
    #expect(arguments[ConvertCommand.output] == "-")
    #expect(!arguments[ConvertCommand.json])
    #expect(try convert("--", "--", "x.safetensors")[ConvertCommand.input] == "--")
  }

  @Test func keepsWhatFollowsTheFirstEqualsSign() throws {
    let arguments = try convert(
      "a", "b.safetensors", "--note=key=value", "--note", "x=-1", "--note=")
    #expect(arguments[ConvertCommand.note] == ["key=value", "x=-1", ""])
  }

  @Test func addsUpRepeatedListsAndKeepsTheLastOfOthers() throws {
    let arguments = try run("--batch", "1", "--batch", "4-8+2", "--seed", "1", "--seed", "2")
    #expect(arguments[RunCommand.batch] == [1, 4, 6, 8])
    #expect(arguments[RunCommand.seed] == 2)
    #expect(
      try convert("a", "b.safetensors", "--check", "--no-check")[ConvertCommand.check] == false)
    #expect(try convert("a", "b.safetensors", "--no-check", "--check")[ConvertCommand.check])
  }

  @Test func checksEveryOccurrenceEvenIfTheLastWins() {
    #expect(throws: UsageError.self) { try run("--seed", "x", "--seed", "2") }
  }

  @Test func takesTheCommandLineBeforeTheEnvironmentBeforeTheDefault() throws {
    let environment = ["REPVGG_THREADS": "3,4", "REPVGG_CHECK": "off", "REPVGG_WEIGHTS": ""]
    let arguments = try run(environment: environment)
    #expect(arguments[RunCommand.threads] == [3, 4])
    #expect(arguments.source(of: RunCommand.threads) == .environment("REPVGG_THREADS"))
    #expect(arguments[RunCommand.weights] == nil)
    #expect(try run("-t", "1", environment: environment)[RunCommand.threads] == [1])
    #expect(
      try convert("a", "b.safetensors", environment: environment)[ConvertCommand.check] == false)
    #expect(
      try convert("a", "b.safetensors", "--check", environment: environment)[ConvertCommand.check])
  }

  @Test func silencesEnvironmentValuesThatTheCommandLineExcludes() throws {
    let environment = ["REPVGG_WEIGHTS": "w.pth"]
    #expect(try run("--model", "A0", environment: environment)[RunCommand.weights] == nil)
    #expect(try run(environment: environment)[RunCommand.weights] == "w.pth")
  }

  @Test func findsNestedAndHiddenCommands() throws {
    let clear = try #require(try SampleTool.tool.arguments(["cache", "-q", "clear"]))
    #expect(clear.commandWords == ["sample", "cache", "clear"])
    #expect(clear[StandardArguments.quiet])
    #expect(try SampleTool.tool.arguments(["secret"]) != nil)
  }

  @Test func givesRepeatedPositionalsAll() throws {
    let arguments = try #require(
      try SampleTool.tool.arguments(["classify", "a", "-w", "w", "b", "-", "c d"]))
    #expect(arguments[ClassifyCommand.files] == ["a", "b", "-", "c d"])
  }

  @Test(arguments: [
    ["--help"], ["-h"], ["convert", "--help"], ["convert", "--bogus", "--help"],
    ["convert", "a", "b", "c", "-h"], ["classify", "--top", "--help"], ["cache", "-h"],
    ["--version"], ["convert", "--version"],
  ])
  func givesHelpWhateverElseIsWrong(words: [String]) throws {
    #expect(try SampleTool.tool.arguments(words) == nil)
  }

  @Test(arguments: [["bogus", "--help"], ["-h", "bogus"], ["cache", "bogus", "--help"]])
  func givesNoHelpForACommandThatThereIsNot(words: [String]) {
    let error = #expect(throws: UsageError.self) { try SampleTool.tool.arguments(words) }
    #expect(error?.message.contains("unknown command 'bogus'") == true)
  }

  @Test func doesNotTakeHelpFromBehindTwoDashes() throws {
    #expect(try convert("--", "--help", "-h.safetensors")[ConvertCommand.input] == "--help")
  }
}
