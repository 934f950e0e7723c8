import CPlatform
import CommandLineKit
import RepVGG

/// Options that several commands take.
enum SharedArguments {
  static let weights = Positional(
    "FILE", .inputFile("safetensors", "pth", "pt", "bin"), help: "The checkpoint.")

  static let json = Flag("json", help: "Print one JSON document instead of text.")

  static let threads = Option(
    "threads", short: "t", .integer(1...1024), default: Int(rvgk_allowed_cpu_count()),
    defaultText: "all CPUs", environment: "REPVGG_THREADS", help: "Threads to compute with.")

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
