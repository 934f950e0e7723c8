import CPlatform
import Glibc

/// A started child and the pipes to it.
struct ChildProcess {
  private let id: pid_t
  private let parentPeakBytes: Int64
  private let startNanoseconds: UInt64
  private let timeoutNanoseconds: UInt64?
  private let clock = MonotonicClock()
  private var output: ChildPipe
  private var errors: ChildPipe
  private var report: ChildPipe

  /// Starts the child.
  init(_ child: ChildMeasurement) throws(MeasurementError) {
    let strings = [child.executable] + child.arguments
    let values = child.environment.values.compactMap { $0 }
    guard !(strings + values).contains(where: { $0.utf8.contains(0) }) else {
      throw MeasurementError("an argument of the child process holds a zero byte")
    }
    guard
      child.environment.keys.allSatisfy({ !$0.isEmpty && !$0.contains("=") && !$0.contains("\0") })
    else { throw MeasurementError("the name of a variable for the child process is malformed") }
    output = try ChildPipe(limitBytes: child.outputLimitBytes)
    do {
      errors = try ChildPipe(limitBytes: child.outputLimitBytes)
    } catch {
      output.close()
      throw error
    }
    do {
      report = try ChildPipe(limitBytes: 65_536)
    } catch {
      output.close()
      errors.close()
      throw error
    }
    timeoutNanoseconds = child.timeoutNanoseconds
    let peakBefore = rvgk_read_process_memory().peak_resident_bytes
    startNanoseconds = clock.nowNanoseconds()
    var targets = [(source: output.writeEnd, target: Int32(1))]
    targets.append((report.writeEnd, Self.reportDescriptor))
    if !child.passesStandardError { targets.append((errors.writeEnd, 2)) }
    let result = Self.spawn(strings, Self.environment(child.environment), targets)
    // The child inherits the peak at the moment of its exec, which is between the two readings;
    // the peak may have been reset or have grown meanwhile.
    let peakAfter = rvgk_read_process_memory().peak_resident_bytes
    parentPeakBytes = peakBefore < 0 || peakAfter < 0 ? -1 : max(peakBefore, peakAfter)
    output.closeWriteEnd()
    errors.closeWriteEnd()
    report.closeWriteEnd()
    switch result {
    case .success(let started): id = started
    case .failure(let error):
      output.close()
      errors.close()
      report.close()
      throw MeasurementError("cannot run \(child.executable): \(error.reason)")
    }
  }

  /// The descriptor of the report in the child.
  private static let reportDescriptor: Int32 = 3

  private static func environment(_ changes: [String: String?]) -> [String] {
    var entries: [String] = []
    var changes = changes
    changes[ChildMeasurement.reportVariable] = .some("\(reportDescriptor)")
    if var cursor = rvgk_environment() {
      while let entry = cursor.pointee {
        let text = String(cString: entry)
        let name = String(text.prefix { $0 != "=" })
        if changes[name] == nil { entries.append(text) }
        cursor += 1
      }
    }
    for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
      if let value { entries.append("\(name)=\(value)") }
    }
    return entries
  }

  private static func spawn(
    _ arguments: [String], _ environment: [String],
    _ targets: [(source: Int32, target: Int32)]
  ) -> Result<pid_t, MeasurementError> {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    guard posix_spawn_file_actions_init(&actions) == 0 else {
      return .failure(MeasurementError("out of memory"))
    }
    defer { posix_spawn_file_actions_destroy(&actions) }
    guard posix_spawnattr_init(&attributes) == 0 else {
      return .failure(MeasurementError("out of memory"))
    }
    defer { posix_spawnattr_destroy(&attributes) }
    // A child starts with the usual signals, whatever this process blocks or ignores.
    var defaults = sigset_t()
    var mask = sigset_t()
    sigemptyset(&defaults)
    sigemptyset(&mask)
    sigaddset(&defaults, SIGPIPE)
    sigaddset(&defaults, SIGINT)
    sigaddset(&defaults, SIGTERM)
    var failure = posix_spawnattr_setsigdefault(&attributes, &defaults)
    if failure == 0 { failure = posix_spawnattr_setsigmask(&attributes, &mask) }
    if failure == 0 {
      let flags = Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK)
      failure = posix_spawnattr_setflags(&attributes, flags)
    }
    if failure == 0 {
      failure = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    for pair in targets where failure == 0 {
      failure = posix_spawn_file_actions_adddup2(&actions, pair.source, pair.target)
    }
    guard failure == 0 else { return .failure(MeasurementError(errorText(failure))) }

    var words = arguments.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer {
      for word in words { free(word) }
      for variable in variables { free(variable) }
    }
    guard !words.dropLast().contains(nil), !variables.dropLast().contains(nil) else {
      return .failure(MeasurementError("out of memory"))
    }
    var started: pid_t = 0
    failure = posix_spawn(&started, arguments[0], &actions, &attributes, &words, &variables)
    return failure == 0 ? .success(started) : .failure(MeasurementError(errorText(failure)))
  }
}

extension ChildProcess {
  /// Reads the pipes until the child has ended, or ends it.
  mutating func observe(
    isInterrupted: () -> Bool
  ) throws(MeasurementError) -> ChildMeasurement.Outcome {
    var killed: ChildMeasurement.Status?
    var waitStatus: Int32 = 0
    var usage = rusage()
    while true {
      waitForOutput(milliseconds: 20)
      drainAll()
      let waited = wait4(id, &waitStatus, WNOHANG, &usage)
      if waited == id { break }
      if waited < 0 && errno != EINTR {
        let reason = errorText(errno)
        closeAll()
        throw MeasurementError("cannot wait for the child process: \(reason)")
      }
      if killed == nil {
        if let limit = timeoutNanoseconds, elapsedNanoseconds > limit {
          killed = .timedOut
        } else if isInterrupted() {
          killed = .interrupted
        }
        if killed != nil { kill(id, SIGKILL) }
      }
    }
    let duration = elapsedNanoseconds
    // What it wrote last; a process that outlives it may hold the pipes open, so no waiting.
    drainAll()
    closeAll()
    let usagePeak = Int64(usage.ru_maxrss) * 1024
    // The kernel keeps resident counts in batches a CPU: a mebibyte covers their error.
    let isInherited = parentPeakBytes < 0 || usagePeak <= parentPeakBytes + 1 << 20
    return ChildMeasurement.Outcome(
      status: killed ?? Self.status(waitStatus), standardOutput: output.bytes,
      standardError: errors.bytes, isOutputTruncated: output.isTruncated || errors.isTruncated,
      durationNanoseconds: duration, userNanoseconds: Self.nanoseconds(usage.ru_utime),
      systemNanoseconds: Self.nanoseconds(usage.ru_stime), usagePeakResidentBytes: usagePeak,
      isUsagePeakInherited: isInherited,
      reportedPeakResidentBytes: ChildMeasurement.parseReport(report.bytes))
  }

  private var elapsedNanoseconds: UInt64 {
    let now = clock.nowNanoseconds()
    return now >= startNanoseconds ? now - startNanoseconds : 0
  }

  private func waitForOutput(milliseconds: Int32) {
    var watched = [output, errors, report].filter(\.isOpen)
      .map { pollfd(fd: $0.readEnd, events: Int16(POLLIN), revents: 0) }
    _ = poll(&watched, nfds_t(watched.count), milliseconds)
  }

  private mutating func drainAll() {
    output.drain()
    errors.drain()
    report.drain()
  }

  private mutating func closeAll() {
    output.close()
    errors.close()
    report.close()
  }

  /// The layout of a wait status on Linux: the signal in the low seven bits, the code above eight.
  private static func status(_ raw: Int32) -> ChildMeasurement.Status {
    let signal = raw & 0x7f
    return signal == 0 ? .exited(code: raw >> 8 & 0xff) : .signalled(number: signal)
  }

  private static func nanoseconds(_ time: timeval) -> Int64 {
    Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_usec) &* 1000
  }
}
