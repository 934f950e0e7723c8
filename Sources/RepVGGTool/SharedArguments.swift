import CommandLineKit
import RepVGG
import Synchronization

/// Options of several commands.
enum SharedArguments {
  static let weights = Positional(
    "FILE", .inputFile("safetensors", "pth", "pt", "bin"), help: "The checkpoint.")

  static let json = Flag("json", help: "Print one JSON document instead of text.")

  static let threads = Option(
    "threads", short: "t", .integer(1...1024), default: PlanOptions.availableThreadCount,
    defaultText: "all CPUs", environment: "REPVGG_THREADS", help: "Threads to compute with.")

  /// The threads of a command line; warns once if they are more than can compute at a time.
  static func threadCount(_ arguments: Arguments) -> Int {
    let (count, available) = (arguments[threads], PlanOptions.availableThreadCount)
    if count > available, !arguments[StandardArguments.quiet],
      !saysOversubscription.exchange(true, ordering: .relaxed)
    {
      StandardError.write(
        "\(arguments.tool.name): warning: \(count) threads share"
          + " \(available == 1 ? "one CPU" : "\(available) CPUs") and wait for each other\n")
    }
    return count
  }
  private static let saysOversubscription = Atomic<Bool>(false)

  static let form = Option(
    "form",
    .oneOfCases("FORM") { (form: Form) in
      switch form {
      case .branched: "every branch with its batch norm, as trained"
      case .folded: "batch norms folded into the branches"
      case .plain: "one convolution a block"
      }
    }, default: Form.plain, help: "The form to compute.")
}
