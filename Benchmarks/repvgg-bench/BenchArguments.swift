import CommandLineKit
import RepVGG
import ToolSupport

/// How a result is printed.
enum ReportFormat: String, CaseIterable, Sendable {
  case text, md, csv, json
}

/// Options that several experiments take.
enum BenchArguments {
  static let models = Option(
    "model", short: "m", .list(of: .text("NAME")), default: ["A0"],
    help: "Architectures of the catalogue, such as A0,B1; weights are drawn from the seed.")
  static let weights = Option(
    "weights", short: "w", .inputFile("safetensors", "pth", "pt", "bin"),
    help: "Measure this checkpoint instead.")
  static let forms = Option(
    "form", .list(of: .oneOfCases("FORM")), default: Form.allCases,
    help: "Forms to measure against each other; the first is the baseline.")
  static let batches = Option(
    "batch", short: "b", .integerSweep(1...4096), default: [1], help: "Images at once.")
  static let threads = Option(
    "threads", short: "t", .integerSweep(1...1024), default: [PlanOptions.availableThreadCount],
    defaultText: "all CPUs", environment: "REPVGG_THREADS", help: "Threads to compute with.")
  static let sizes = Option(
    "size", short: "s", .list(of: .pixelSize(1...8192)), default: [],
    defaultText: "the architecture's", help: "Input sizes, H or HxW.")
  static let policy = Option(
    "policy", .oneOfCases("POLICY"), default: Policy.fast,
    help: "What speed may cost: fast, exact (direct only) or compact (small weights).")
  static let algorithm = Option(
    "algorithm", .oneOfCases("NAME"), default: Algorithm.auto,
    help:
      "Forces a family of convolution algorithms; layers that it does not support get the next best."
  )
  static let pin = Pinning.option
  static let streams = Option(
    "streams", .integerSweep(1...256), default: [1],
    help: "Sessions of one plan that run at the same time, each in its own thread.")
  static let minimumTime = Option(
    "min-time", .duration(.zero ... .seconds(3600)), default: .seconds(2),
    help: "Measure every form for at least this long, in seconds.")
  static let seed = Option("seed", .seed, default: 1, help: "Seed of weights and images.")
  static let format = Option(
    "format", short: "f", .oneOfCases("FORMAT"), default: ReportFormat.text,
    help: "How to print the result.")

  /// A checkpoint is its own architecture.
  static let oneSource = Constraint.conflict(models, weights)

  static let scenario: [any ArgumentDeclaration] =
    [
      models, weights, forms, batches, threads, sizes, seed, policy, algorithm, pin, streams,
      Tuning.option,
    ] + NetworkArguments.all
}

/// Where a measured network comes from.
enum NetworkSource: Sendable {
  case seeded(Architecture, seed: UInt64)
  case file(String, NetworkOptions)

  /// The sources that a command line names.
  static func all(_ arguments: Arguments) throws -> [NetworkSource] {
    if let path = arguments[BenchArguments.weights] {
      // Read here, so that a choice among several networks is said once.
      _ = try NetworkArguments.network(path, arguments)
      return [.file(path, NetworkArguments.options(arguments))]
    }
    return try arguments[BenchArguments.models].map { name in
      guard let architecture = Architecture.named(name) else {
        let known = Architecture.catalogue.map(\.name).joined(separator: ", ")
        throw UsageError("there is no architecture '\(name)'; known are \(known)")
      }
      return .seeded(architecture, seed: arguments[BenchArguments.seed])
    }
  }

  /// Loads or generates the network.
  func network() throws(RepVGGError) -> Network {
    switch self {
    case .seeded(let architecture, let seed): Network(architecture, seed: seed)
    case .file(let path, let options): try Network(contentsOf: path, options: options)
    }
  }
}
