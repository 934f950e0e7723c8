import Glibc

/// When output is coloured: the value of `--color`.
package enum ColorChoice: String, Sendable, Hashable, CaseIterable {
  /// Where the stream is a terminal that shows colour.
  case auto
  /// Always, also into files and pipes.
  case always
  /// Never.
  case never
}

/// What one standard stream is connected to, and what may therefore be written to it.
package struct Terminal: Sendable, Hashable {
  /// Whether the stream is a terminal.
  package let isTerminal: Bool
  /// The number of columns; 80 where it is not known.
  package let width: Int
  /// Whether escape sequences for colour may be written.
  package let usesColor: Bool
  /// Whether the cursor may be moved, as a progress bar does.
  package let canRedraw: Bool

  /// The default number of columns where neither the terminal nor `COLUMNS` states it.
  package static let defaultWidth = 80

  /// What a stream is, asked of the system and the environment.
  ///
  /// - Parameters:
  ///   - descriptor: The stream's file descriptor, for example `STDERR_FILENO`.
  ///   - environment: The process's environment variables.
  ///   - color: What the user asked for.
  package init(
    descriptor: Int32, environment: [String: String], color: ColorChoice = .auto
  ) {
    self.init(
      isTerminal: isatty(descriptor) == 1, reportedWidth: Self.reportedWidth(descriptor),
      environment: environment, color: color)
  }

  /// What a stream is, from facts that are already known.
  ///
  /// Colour, the first that applies: `--color`; `FORCE_COLOR` or `CLICOLOR_FORCE`; `NO_COLOR`;
  /// `TERM=dumb`; `CLICOLOR=0`; whether the stream is a terminal. Variables that are set and empty
  /// count as not set (no-color.org, force-color.org, bixense.com/clicolors).
  ///
  /// - Parameters:
  ///   - isTerminal: Whether the stream is a terminal.
  ///   - reportedWidth: The columns that the terminal reports.
  ///   - environment: The process's environment variables.
  ///   - color: What the user asked for.
  package init(
    isTerminal: Bool, reportedWidth: Int?, environment: [String: String],
    color: ColorChoice = .auto
  ) {
    func value(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    let isDumb = value("TERM") == "dumb"
    self.isTerminal = isTerminal
    canRedraw = isTerminal && !isDumb
    let columns = value("COLUMNS").flatMap { Int($0) }.flatMap { (1...10_000) ~= $0 ? $0 : nil }
    width = columns ?? reportedWidth ?? Self.defaultWidth
    usesColor =
      switch color {
      case .always: true
      case .never: false
      case .auto:
        if let force = value("FORCE_COLOR") ?? value("CLICOLOR_FORCE") {
          force != "0" && force.lowercased() != "false"
        } else if value("NO_COLOR") != nil || isDumb || value("CLICOLOR") == "0" {
          false
        } else {
          isTerminal
        }
      }
  }

  /// The text in a style where the stream takes colour, else unchanged.
  package func styled(_ text: String, _ style: TextStyle) -> String {
    usesColor ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  private static func reportedWidth(_ descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}

/// A colour or weight of terminal text, by its SGR parameter (ECMA-48).
package enum TextStyle: String, Sendable, Hashable, CaseIterable {
  /// Heavier.
  case bold = "1"
  /// Red: errors and regressions.
  case red = "31"
  /// Green: success.
  case green = "32"
  /// Cyan: names.
  case cyan = "36"
}
