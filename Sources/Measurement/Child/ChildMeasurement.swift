/// Runs an executable as a child process and observes what it used.
///
/// A process's peak memory never shrinks, so forms that should be compared by memory each get a
/// process of their own.
package struct ChildMeasurement {
  /// How a child ended.
  package enum Status: Sendable, Hashable {
    /// It returned or called exit, with this code.
    case exited(code: Int32)
    /// A signal ended it.
    case signalled(number: Int32)
    /// It outlived its time limit and was killed.
    case timedOut
    /// The caller interrupted and it was killed.
    case interrupted
  }

  /// What a child did and used.
  package struct Outcome: Sendable, Hashable {
    /// How it ended.
    package let status: Status
    /// What it wrote to standard output.
    package let standardOutput: [UInt8]
    /// What it wrote to standard error, empty where that is passed on.
    package let standardError: [UInt8]
    /// Whether it wrote more than the limit, which is dropped.
    package let isOutputTruncated: Bool
    /// From its start to its end.
    package let durationNanoseconds: UInt64
    /// Processor time in user mode.
    package let userNanoseconds: Int64
    /// Processor time in the kernel.
    package let systemNanoseconds: Int64
    /// The largest resident memory that wait4 reports for it.
    ///
    /// Linux hands the parent's peak on
    /// through exec, so this is at least the parent's.
    package let usagePeakResidentBytes: Int64
    /// Whether `usagePeakResidentBytes` may be the parent's peak rather than its own.
    package let isUsagePeakInherited: Bool
    /// The peak that it reported of itself through `reportPeakResidentMemory`; nil where it did not.
    package let reportedPeakResidentBytes: Int64?

    /// Its own peak resident memory in bytes: its own report, else wait4's value where that is
    /// certainly its own, else nil.
    package var peakResidentBytes: Int64? {
      reportedPeakResidentBytes ?? (isUsagePeakInherited ? nil : usagePeakResidentBytes)
    }

    /// Standard output as text.
    package var outputText: String { String(decoding: standardOutput, as: UTF8.self) }
    /// Standard error as text.
    package var errorText: String { String(decoding: standardError, as: UTF8.self) }
    /// Whether it exited with code 0.
    package var isSuccess: Bool { status == .exited(code: 0) }
  }

  /// The running executable itself, for children that are this program with other arguments.
  package static let ownExecutable = "/proc/self/exe"

  /// The path of the executable; it is not searched for.
  package var executable: String
  /// The arguments after the program's name.
  package var arguments: [String]
  /// What differs from this process's environment; a nil value removes the variable.
  package var environment: [String: String?]
  /// How long it may run before it is killed; nil for no limit.
  package var timeoutNanoseconds: UInt64?
  /// How many bytes of each of its output streams are kept.
  package var outputLimitBytes: Int
  /// Whether standard error goes where this process's does, instead of into the outcome.
  package var passesStandardError: Bool

  /// A child process to be.
  package init(
    executable: String, arguments: [String], environment: [String: String?] = [:],
    timeoutNanoseconds: UInt64? = nil, outputLimitBytes: Int = 64 << 20,
    passesStandardError: Bool = false
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.timeoutNanoseconds = timeoutNanoseconds
    self.outputLimitBytes = outputLimitBytes
    self.passesStandardError = passesStandardError
  }

  /// Runs the child to its end, with an empty standard input.
  ///
  /// - Parameter isInterrupted: called many times per second; the child is killed once it is true.
  /// - Returns: how it ended, what it wrote and what it used.
  /// - Throws: `MeasurementError` where the child cannot be started or observed. How it ends is no
  ///   error.
  package func run(isInterrupted: () -> Bool = { false }) throws(MeasurementError) -> Outcome {
    var process = try ChildProcess(self)
    return try process.observe(isInterrupted: isInterrupted)
  }
}
