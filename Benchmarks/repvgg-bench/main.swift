BenchCommandLine.tool.main()
