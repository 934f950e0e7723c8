/// Options that mean the same in every tool.
package enum StandardArguments {
  /// `--color auto|always|never`; give it to `Terminal`.
  package static let color = Option(
    "color", .oneOfCases("WHEN"), default: ColorChoice.auto,
    help: "When to colour output. NO_COLOR and FORCE_COLOR are honoured.")

  /// `--quiet`: no progress and no remarks.
  package static let quiet = Flag(
    "quiet", short: "q", environment: nil, help: "Print results and errors, nothing else.")

  /// `--help`; every command has it.
  static let help = Flag("help", short: "h", help: "Show help and exit.")

  /// `--version`; every command has it.
  static let version = Flag("version", help: "Show the version and exit.")
}
