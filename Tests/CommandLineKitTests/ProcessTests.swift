import CommandLineKit
import Foundation
import Testing

/// The sample tool as a process: exit codes, streams and signals.
@Suite struct ProcessTests {
  private func run(_ arguments: String...) throws -> Program.Result {
    try Program.run(Program.sample, arguments)
  }

  private func shell(_ script: String) throws -> Program.Result {
    try Program.run("bash", ["-c", script, Program.sample])
  }

  @Test func separatesResultsFromMessages() throws {
    let done = try run("convert", "a\nb", "c.safetensors")
    #expect(done.status == 0)
    #expect(done.output == "a\\nb to c.safetensors\n")
    #expect(done.error == "")
    let wrong = try run("convert", "--fore")
    #expect(wrong.status == 64)
    #expect(wrong.output == "")
    #expect(
      wrong.error
        == "sample: unknown option '--fore'; did you mean '--force'?\nTry 'sample convert --help'.\n"
    )
    #expect(try run("secret").status == 3)
    #expect(try run("--version").output == "sample 1.2.3 (test)\n")
    #expect(try run("help", "convrt").status == 64)
  }

  @Test func keepsForeignTextInMessagesOnOneLine() throws {
    let failed = try run("measure", "--fail")
    #expect(failed.status == 65)
    #expect(failed.error == "sample: name\\nwith newline\\x1b[31m: bad data\n")
  }

  @Test func refusesArgumentsThatAreNotUTF8() throws {
    let refused = try shell("\"$0\" convert $'a\\xff.pth' b")
    #expect(refused.status == 64)
    #expect(refused.error.contains("argument 2, 'a\u{FFFD}.pth', is not valid UTF-8"))
  }

  @Test func endsQuietlyWhereNobodyReads() throws {
    let piped = try shell("\"$0\" measure --lines 200000 | head -n 1; echo ${PIPESTATUS[0]}")
    #expect(piped.output == "line 0\n141\n")
    #expect(piped.error == "")
  }

  @Test func reportsAFullDisk() throws {
    let full = try shell("\"$0\" measure --lines 1 > /dev/full")
    #expect(full.status == 74)
    #expect(full.error == "sample: cannot write the output: No space left on device\n")
    #expect(try shell("\"$0\" measure --lines 1 >&-").status == 74)
  }

  @Test(.enabled(if: Program.exists("python3"), "python3 is not installed"))
  func waitsForAPipeThatDoesNotBlock() throws {
    let script = """
      import os, subprocess, sys, time
      r, w = os.pipe(); os.set_blocking(w, False)
      p = subprocess.Popen([sys.argv[1], "measure", "--lines", "20000"], stdout=w); os.close(w)
      time.sleep(0.2)
      data = b"".join(iter(lambda: os.read(r, 65536), b""))
      print(len(data.splitlines()), p.wait())
      """
    let result = try Program.run("python3", ["-c", script, Program.sample])
    #expect(result.output == "20000 0\n")
  }

  /// Starts long work and waits until it runs; gives the process and the end of its output's pipe.
  private func startWork(
    _ options: String..., blocking signal: Int32? = nil
  ) throws -> (process: pid_t, output: Int32) {
    let pipe = try Program.pipe()
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    let process = try Program.start(
      Program.sample, ["measure", "--wait", "30s"] + options,
      descriptors: [null, pipe.write, null], blocking: signal)
    close(pipe.write)
    close(null)
    #expect(Program.readOnce(pipe.read) == Array("working\n".utf8))
    return (process, pipe.read)
  }

  @Test func reportsWhatWasDoneWhenInterrupted() throws {
    let (process, output) = try startWork()
    kill(process, SIGINT)
    #expect(Program.remainder(of: output) == "measured so far\n")
    close(output)
    #expect(Program.wait(for: process) == .exit(130))
  }

  @Test func endsAtTheSecondInterruption() throws {
    let (process, output) = try startWork("--ignore")
    kill(process, SIGINT)
    usleep(100_000)
    #expect(Program.isRunning(process))
    kill(process, SIGINT)
    #expect(Program.wait(for: process) == .signal(SIGINT))
    close(output)
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
    kill(process, SIGINT)
    #expect(Program.remainder(of: output) == "measured so far\n")
    close(output)
    #expect(Program.wait(for: process) == .exit(130))
  }

  @Test func writesManPagesIntoAFolder() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try run("man", "--directory", folder.path).status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count == 9)
    #expect(names.contains("sample-cache-clear.1"))
    #expect(try run("man", "convert").output.hasPrefix(".TH \"SAMPLE\\-CONVERT\" \"1\""))
    let failed = try run("man", "--directory", folder.path + "/none")
    #expect(failed.status == 73)
    #expect(failed.error.contains("/none/sample.1"))
  }
}
