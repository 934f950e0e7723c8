import CommandLineKit
import ToolSupport

/// The command `repvgg-bench`: its definition, which the tests check and compare.
package enum BenchCommandLine {
  /// The tool with all its commands.
  package static let tool = CommandLineTool(
    root: Command(
      "repvgg-bench",
      summary: "Measure what RepVGG's branches cost on this CPU in time and memory",
      discussion: """
        Times the branched, the folded and the plain form of the same network against each other, \
        interleaved in one process, and reports memory by category. Without a checkpoint, weights \
        are drawn from a seed.
        """,
      sharedArguments: [StandardArguments.color, StandardArguments.quiet],
      subcommands: [
        RunExperiment.command, LayersExperiment.command, ScalingExperiment.command,
        KernelsExperiment.command, ClaimsExperiment.command, MergeExperiment.command,
        CompareExperiment.command,
        GateExperiment.command, ReportExperiment.command, SystemExperiment.command,
        MemoryChild.command,
        SeededCheckpoint.command,
        TrainingBench.command, EquivalenceBench.command,
      ],
      defaultSubcommand: "run",
      examples: [
        Command.Example("repvgg-bench", "the default experiment"),
        Command.Example(
          "repvgg-bench run --model A0,B1 --batch 1,8 --format json", "for a program"),
      ]),
    versionNumber: ToolVersion.number, versionText: { ToolVersion.text("repvgg-bench") })
}
