import RepVGG
import ToolSupport

BLASRuntime.ownsProcess()
// Taken now: statics are made where they are first used.
_ = BenchSystem.startedAt
PipeReader.cancellation.withLock { $0 = .interruption }
BenchCommandLine.tool.main()
