import CPlatform
import Foundation
import Measurement
import Testing

@Suite struct ChildMeasurementTests {
  private func shell(_ script: String, _ environment: [String: String?] = [:]) -> ChildMeasurement {
    ChildMeasurement(
      executable: "/bin/sh", arguments: ["-c", script], environment: environment,
      timeoutNanoseconds: 60_000_000_000)
  }

  @Test func capturesOutputAndStatus() throws {
    let outcome = try shell("echo out; echo err >&2; cat; exit 7").run()
    #expect(outcome.status == .exited(code: 7))
    #expect(outcome.outputText == "out\n")
    #expect(outcome.errorText == "err\n")
    #expect(!outcome.isSuccess && !outcome.isOutputTruncated)
    #expect(outcome.durationNanoseconds > 0)
    #expect(outcome.usagePeakResidentBytes > 0)
    #expect(outcome.reportedPeakResidentBytes == nil)
    #expect(try shell("kill -TERM $$").run().status == .signalled(number: SIGTERM))
  }

  @Test func peakComesFromTheChildsReport() throws {
    let outcome = try shell(
      "echo 'peak_resident_bytes 5' >&$REPVGG_PEAK_REPORT_DESCRIPTOR;"
        + "echo 'peak_resident_bytes 12345' >&$REPVGG_PEAK_REPORT_DESCRIPTOR"
    ).run()
    #expect(outcome.isSuccess)
    #expect(outcome.reportedPeakResidentBytes == 12345)
    #expect(outcome.peakResidentBytes == 12345)
    let garbled = try shell("printf 'peak_resident_bytes 99' >&3").run()
    #expect(garbled.reportedPeakResidentBytes == nil)
  }

  @Test func usageSeesALargeChild() throws {
    // dd holds its block in memory: 300 MB.
    let before = rvgk_read_process_memory().peak_resident_bytes
    let outcome = try shell("dd if=/dev/zero of=/dev/null bs=300000000 count=1 2>/dev/null").run()
    #expect(outcome.isSuccess)
    #expect(outcome.usagePeakResidentBytes >= 300_000_000)
    let after = rvgk_read_process_memory().peak_resident_bytes
    if max(before, after) + (8 << 20) < outcome.usagePeakResidentBytes {
      #expect(!outcome.isUsagePeakInherited)
      #expect(outcome.peakResidentBytes == outcome.usagePeakResidentBytes)
    }
  }

  @Test func usageOfASmallChildIsTheParents() throws {
    // A shell is far smaller than a test process, whose peak it inherits through exec.
    let outcome = try shell(":").run()
    #expect(outcome.isUsagePeakInherited)
    #expect(outcome.peakResidentBytes == nil)
  }

  @Test func reportsTheOwnPeak() throws {
    var readEnd: Int32 = -1
    var writeEnd: Int32 = -1
    try #require(rvgk_make_pipe(&readEnd, &writeEnd) == 0)
    #expect(ChildMeasurement.reportPeakResidentMemory(toDescriptor: writeEnd))
    close(writeEnd)
    let text = String(
      decoding: FileHandle(fileDescriptor: readEnd, closeOnDealloc: true).readDataToEndOfFile(),
      as: UTF8.self)
    let value = try #require(Int64(text.dropLast().dropFirst("peak_resident_bytes ".count)))
    #expect(text.hasPrefix("peak_resident_bytes ") && text.hasSuffix("\n"))
    #expect(value > 1 << 20)
    #expect(value <= rvgk_read_process_memory().peak_resident_bytes)
    #expect(!ChildMeasurement.reportPeakResidentMemory(toDescriptor: 9999))
  }

  @Test func environmentChanges() throws {
    let outcome = try shell(
      "echo \"$ADDED|${HOME-none}|$#\"", ["ADDED": "a b", "HOME": Optional<String>.none]
    ).run()
    #expect(outcome.outputText == "a b|none|0\n")
    #expect(throws: MeasurementError.self) { try shell(":", ["A=B": "c"]).run() }
    #expect(throws: MeasurementError.self) { try shell(":\0").run() }
  }

  @Test func endsWhatDoesNotEnd() throws {
    var child = shell("sleep 100")
    child.timeoutNanoseconds = 50_000_000
    #expect(try child.run().status == .timedOut)
    child.timeoutNanoseconds = nil
    #expect(try child.run(isInterrupted: { true }).status == .interrupted)
    // Output without end does not keep it alive.
    var flood = shell("while :; do echo 0123456789; done")
    flood.timeoutNanoseconds = 100_000_000
    flood.outputLimitBytes = 1000
    let outcome = try flood.run()
    #expect(outcome.status == .timedOut)
    #expect(outcome.standardOutput.count == 1000 && outcome.isOutputTruncated)
  }

  @Test func largeOutputArrivesWhole() throws {
    let outcome = try shell("dd if=/dev/zero bs=1000000 count=5 2>/dev/null").run()
    #expect(outcome.isSuccess && outcome.standardOutput.count == 5_000_000)
  }

  @Test func refusesWhatIsNotThere() {
    let child = ChildMeasurement(executable: "/nonexistent/program", arguments: [])
    #expect(throws: MeasurementError.self) { try child.run() }
  }
}
