import Glibc
import Synchronization

/// Shows on standard error how far long work is: a bar on a terminal, else a line now and then.
///
/// Safe to advance from several threads. It draws at most ten times per second, so advancing once
/// per image costs a lock and a clock reading.
package final class ProgressReporter: Sendable {
  /// How progress is shown.
  package enum Mode: Sendable, Hashable {
    /// A bar that is redrawn in place, this many columns wide.
    case bar(width: Int)
    /// A line at most every so many seconds.
    case lines(intervalSeconds: Double)
    /// Nothing.
    case silent

    /// The mode for a stream: silent if quiet, a bar on a terminal, a line every 10 s elsewhere.
    ///
    /// - Parameters:
    ///   - terminal: The stream that progress goes to.
    ///   - environment: The process's variables; where `CI` is set there is no bar.
    ///   - isQuiet: Whether the user asked for silence.
    /// - Returns: The mode.
    package static func automatic(
      for terminal: Terminal, environment: [String: String], isQuiet: Bool
    ) -> Mode {
      if isQuiet { return .silent }
      let isContinuousIntegration = environment["CI"].map { !$0.isEmpty && $0 != "false" } ?? false
      if terminal.canRedraw && !isContinuousIntegration { return .bar(width: terminal.width) }
      return .lines(intervalSeconds: 10)
    }
  }

  private struct State: Sendable {
    var completedCount = 0
    var detail = ""
    var lastReportSeconds: Double
    var isBarVisible = false
    var isFinished = false
  }

  private let label: String
  private let totalCount: Int?
  private let unit: String
  private let mode: Mode
  private let startSeconds: Double
  private let now: @Sendable () -> Double
  private let write: @Sendable (String) -> Void
  private let state: Mutex<State>

  /// A reporter of work that begins now.
  ///
  /// - Parameters:
  ///   - label: What is being done, for example `Classifying`.
  ///   - totalCount: How many items there are; nil where nobody knows.
  ///   - unit: The items' name in the plural, for example `images`.
  ///   - mode: How to show it.
  ///   - now: A monotonic clock in seconds.
  ///   - write: Where the text goes; standard error by default.
  package init(
    label: String, totalCount: Int?, unit: String, mode: Mode,
    now: @escaping @Sendable () -> Double = ProgressReporter.monotonicSeconds,
    write: @escaping @Sendable (String) -> Void = { StandardError.write($0) }
  ) {
    self.label = label.escapedForDisplay
    self.totalCount = totalCount
    self.unit = unit
    self.mode = mode
    self.now = now
    self.write = write
    startSeconds = now()
    state = Mutex(State(lastReportSeconds: startSeconds))
  }

  /// Seconds of the system's monotonic clock.
  package static func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Counts items as done, and shows it where it is time to.
  ///
  /// - Parameters:
  ///   - count: How many more items are done.
  ///   - detail: What to add at the end, for example the loss; empty for nothing.
  package func advance(by count: Int = 1, detail: String = "") {
    state.withLock { state in
      let (sum, isTooLarge) = state.completedCount.addingReportingOverflow(count)
      if !isTooLarge { state.completedCount = sum }
      state.detail = detail.escapedForDisplay
      report(&state)
    }
  }

  /// Prints a message on a line of its own, above the bar.
  ///
  /// - Parameter message: One line without its newline; shown in every mode but `silent`.
  package func print(_ message: String) {
    state.withLock { state in
      if mode == .silent { return }
      clear(&state)
      write(message + "\n")
      state.lastReportSeconds = -.infinity
      if case .bar = mode { report(&state) }
    }
  }

  /// Takes the bar away; later calls show nothing.
  package func finish() {
    state.withLock { state in
      clear(&state)
      state.isFinished = true
    }
  }

  private func report(_ state: inout State) {
    if state.isFinished { return }
    let seconds = now()
    switch mode {
    case .silent: return
    case .lines(let interval):
      guard seconds - state.lastReportSeconds >= interval else { return }
      write("\(label): \(summary(state, at: seconds))\n")
    case .bar(let width):
      guard !state.isBarVisible || seconds - state.lastReportSeconds >= 0.1 else { return }
      write("\r\(bar(state, at: seconds, width: width))\u{1B}[K")
      state.isBarVisible = true
    }
    state.lastReportSeconds = seconds
  }

  private func clear(_ state: inout State) {
    guard state.isBarVisible else { return }
    write("\r\u{1B}[K")
    state.isBarVisible = false
  }

  private func bar(_ state: State, at seconds: Double, width: Int) -> String {
    let text = summary(state, at: seconds)
    // One column stays free: terminals wrap when the last one is written.
    let columns = min(30, width - 1 - label.displayWidth - text.displayWidth - 4)
    guard let totalCount, totalCount > 0, columns >= 6 else {
      return "\(label)  \(text)".truncated(toDisplayWidth: max(0, width - 1))
    }
    let share = min(1, max(0, Double(state.completedCount) / Double(totalCount)))
    let filled = Int(share * Double(columns))
    let body =
      String(repeating: "#", count: filled) + String(repeating: ".", count: columns - filled)
    return "\(label) [\(body)] \(text)"
  }

  private func summary(_ state: State, at seconds: Double) -> String {
    var parts: [String] = []
    if let totalCount {
      let percent =
        totalCount > 0 ? Int(100 * Double(state.completedCount) / Double(totalCount)) : 100
      parts.append("\(state.completedCount)/\(totalCount) \(unit) (\(percent) %)")
    } else {
      parts.append("\(state.completedCount) \(unit)")
    }
    let elapsed = seconds - startSeconds
    if elapsed > 0, state.completedCount > 0 {
      let rate = Double(state.completedCount) / elapsed
      parts.append("\(TextFormat.significant(rate)) \(unit)/s")
      if let totalCount, totalCount > state.completedCount {
        let left = Double(totalCount - state.completedCount) / rate
        parts.append("\(TextFormat.clock(seconds: left)) left")
      }
    }
    if !state.detail.isEmpty { parts.append(state.detail) }
    return parts.joined(separator: ", ")
  }
}
