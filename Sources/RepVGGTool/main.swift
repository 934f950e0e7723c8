import RepVGG

BLASRuntime.ownsProcess()
RepVGGCommandLine.tool.main()
