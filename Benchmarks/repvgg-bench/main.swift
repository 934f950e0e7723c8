import RepVGG

BLASRuntime.ownsProcess()
// Taken now: statics are made where they are first used.
_ = BenchSystem.startedAt
BenchCommandLine.tool.main()
