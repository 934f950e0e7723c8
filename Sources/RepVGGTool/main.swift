RepVGGCommandLine.tool.main()
