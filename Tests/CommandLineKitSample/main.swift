import Foundation

// One program for both tools: the tests reach the second through a link of that name.
if CommandLine.arguments.first.map({ ($0 as NSString).lastPathComponent }) == "sample-bench" {
  SampleTool.bench.main()
}
SampleTool.tool.main()
