import RepVGG
import ToolSupport

BLASRuntime.ownsProcess()
PipeReader.cancellation.withLock { $0 = .interruption }
RepVGGCommandLine.tool.main()
