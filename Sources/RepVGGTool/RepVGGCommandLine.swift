import CommandLineKit
import ToolSupport

/// The command `repvgg`: its definition, which the tests check and compare.
package enum RepVGGCommandLine {
  /// The tool with all its commands.
  package static let tool = CommandLineTool(
    root: Command(
      "repvgg",
      summary: "Inspect, convert, verify and run re-parameterized networks on CPUs",
      discussion: """
        Reads RepVGG, RepVGGplus and RepOpt-VGG checkpoints of the official code, timm, mmpretrain \
        and RepOptimizers, as safetensors or PyTorch files. Architecture and form are inferred.
        """,
      sharedArguments: [StandardArguments.color, StandardArguments.quiet],
      subcommands: [
        InspectCommand.command, ConvertCommand.command, VerifyCommand.command, RunCommand.command,
        TuneCommand.command, ClassifyCommand.command, DetectCommand.command,
        EvaluateCommand.command,
        TrainCommand.command, SearchCommand.command, DeployCommand.command,
      ],
      examples: [
        Command.Example("repvgg inspect model.pth", "what a file holds"),
        Command.Example("repvgg convert model.pth plain.safetensors", "merge the branches"),
      ]),
    versionNumber: ToolVersion.number, versionText: { ToolVersion.text("repvgg") })
}
