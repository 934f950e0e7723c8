import CommandLineKit
import Foundation
import TestSupport
import Testing

/// The sample tool as a process: exit codes, streams and signals.
@Suite struct ProcessTests {
  private static let sample = ToolProcess(built: "CommandLineKitSample")

  private func run(_ arguments: String...) throws -> ToolProcess.Outcome {
    try Self.sample.run(arguments)
  }

  private func shell(_ script: String) throws -> ToolProcess.Outcome {
    try ToolProcess(installed: "bash").run(["-c", script, Self.sample.executable.path])
  }

  @Test func separatesResultsFromMessages() throws {
    let done = try run("convert", "a\nb", "c.safetensors")
    #expect(done.code == 0)
    #expect(done.output == "a\\nb to c.safetensors\n")
    #expect(done.messages == "")
    let wrong = try run("convert", "--fore")
    #expect(wrong.code == 64)
    #expect(wrong.output == "")
    #expect(
      wrong.messages
        == "sample: unknown option '--fore'; did you mean '--force'?\nTry 'sample convert --help'.\n"
    )
    #expect(try run("secret").code == 3)
    #expect(try run("--version").output == "sample 1.2.3 (test)\n")
    #expect(try run("help", "convrt").code == 64)
  }

  @Test func keepsForeignTextInMessagesOnOneLine() throws {
    let failed = try run("measure", "--fail")
    #expect(failed.code == 65)
    #expect(failed.messages == "sample: name\\nwith newline\\x1b[31m: bad data\n")
  }

  @Test func refusesArgumentsThatAreNotUTF8() throws {
    let refused = try shell("\"$0\" convert $'a\\xff.pth' b")
    #expect(refused.code == 64)
    #expect(refused.messages.contains("argument 2, 'a\u{FFFD}.pth', is not valid UTF-8"))
  }

  @Test func endsQuietlyWhereNobodyReads() throws {
    let piped = try shell("\"$0\" measure --lines 200000 | head -n 1; echo ${PIPESTATUS[0]}")
    #expect(piped.output == "line 0\n141\n")
    #expect(piped.messages == "")
  }

  @Test func reportsAFullDisk() throws {
    let full = try shell("\"$0\" measure --lines 1 > /dev/full")
    #expect(full.code == 74)
    #expect(full.messages == "sample: cannot write the output: No space left on device\n")
    #expect(try shell("\"$0\" measure --lines 1 >&-").code == 74)
  }

  @Test(.enabled(if: ToolProcess(installed: "python3").exists, "python3 is not installed"))
  func waitsForAPipeThatDoesNotBlock() throws {
    let script = """
      import os, subprocess, sys, time
      r, w = os.pipe(); os.set_blocking(w, False)
      p = subprocess.Popen([sys.argv[1], "measure", "--lines", "20000"], stdout=w); os.close(w)
      time.sleep(0.2)
      data = b"".join(iter(lambda: os.read(r, 65536), b""))
      print(len(data.splitlines()), p.wait())
      """
    let result = try ToolProcess(installed: "python3").run([
      "-c", script, Self.sample.executable.path,
    ])
    #expect(result.output == "20000 0\n")
  }

  /// Starts long work and waits until it runs; gives the process and the end of its output's pipe.
  private func startWork(
    _ options: String..., blocking signal: Int32? = nil
  ) throws -> (process: RunningTool, output: FileHandle) {
    let pipe = try NamedPipe()
    let process = try Self.sample.start(
      ["measure", "--wait", "30s"] + options, output: pipe.writer,
      blocking: signal)
    try pipe.writer.close()
    #expect(pipe.reader.availableData == Data("working\n".utf8))
    return (process, pipe.reader)
  }

  /// Expects that an interruption ends the work with what was measured.
  private func expectInterruption(_ process: RunningTool, _ output: FileHandle) throws {
    process.interrupt()
    #expect(output.readDataToEndOfFile() == Data("measured so far\n".utf8))
    let outcome = try process.finish()
    #expect(outcome.code == 130 && outcome.signal == nil)
  }

  @Test func reportsWhatWasDoneWhenInterrupted() throws {
    let (process, output) = try startWork()
    try expectInterruption(process, output)
  }

  @Test func endsAtTheSecondInterruption() throws {
    let process = try startWork("--ignore").process
    process.interrupt()
    usleep(100_000)
    #expect(process.isRunning)
    process.interrupt()
    #expect(try process.finish().signal == SIGINT)
  }

  @Test func stopsAlsoWhereTheParentIgnoresInterruptions() throws {
    let result = try shell(
      """
      trap '' INT; exec 3< <(exec "$0" measure --wait 30s); read -r line <&3; echo "$line"
      kill -INT $!; cat <&3
      """)
    #expect(result.output == "working\nmeasured so far\n")
  }

  @Test func stopsAlsoWhereTheParentBlocksInterruptions() throws {
    let (process, output) = try startWork(blocking: SIGINT)
    try expectInterruption(process, output)
  }

  @Test func writesManPagesIntoAFolder() throws {
    let folder = try TemporaryFolder()
    #expect(try run("man", "--directory", folder.path).code == 0)
    let names = try folder.contents
    #expect(names.count == 9)
    #expect(names.contains("sample-cache-clear.1"))
    #expect(try run("man", "convert").output.hasPrefix(".TH \"SAMPLE\\-CONVERT\" \"1\""))
    let failed = try run("man", "--directory", folder.path + "/none")
    #expect(failed.code == 73)
    #expect(failed.messages.contains("/none/sample.1"))
  }
}
