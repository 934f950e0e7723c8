import CommandLineKit
import RepVGG
import RepVGGTraining

/// How a network is trained.
enum TrainingMethod: String, CaseIterable, Sendable {
  case branched, plain, repopt, csla
}

/// Which optimizer trains.
enum OptimizerChoice: String, CaseIterable, Sendable {
  case sgd, adamw
  case adamwExact = "adamw-exact"
}

/// Options of `train` and `search`.
enum TrainingArguments {
  static let data = Option(
    "data", .path, default: "digits",
    help: """
      The images: digits, which come with the program, or a folder with the files of MNIST or \
      CIFAR, or an ImageFolder with train and val.
      """)
  static let model = Option(
    "model", short: "m", .text("NAME"), default: "digits",
    help: """
      The network: digits, a name of the catalogue, or stages as in \
      custom-1x16-1x16-2x32-2x48-1x64.
      """)
  static let epochs = Option(
    "epochs", .integer(1...1_000_000), default: 15, help: "Passes over the training images.")
  static let seed = Option(
    "seed", .seed, default: 0,
    help: "Seed of the initial weights, and of the order and augmentation of images.")
  static let output = Option(
    required: "output", short: "o", .directory,
    help: "Folder of the run; if it holds a state, the run resumes from it.")
  static let form = Option(
    "form",
    .oneOfCases("FORM") { (method: TrainingMethod) in
      switch method {
      case .branched: "three branches per block, each with its batch norm"
      case .plain: "one convolution per block, ordinary gradients"
      case .repopt: "one convolution per block, gradients scaled by RepOptimizer"
      case .csla: "branches with constant scales, which RepOptimizer stands for"
      }
    }, default: TrainingMethod.branched, help: "What is trained.")
  static let scales = Option(
    "scales", .inputFile("safetensors", "pth", "pt"),
    defaultText: "where the search starts: sqrt(2/l), 1 in the first block of a stage",
    help: "Scales of RepOptimizer, from 'repvgg search' or the official code.")
  static let signedScales = Flag(
    "signed-scales",
    help: "Multiply AdamW's gradients by signed sums, as the official code does.")
  static let optimizer = Option(
    "optimizer",
    .oneOfCases("NAME") { (optimizer: OptimizerChoice) in
      switch optimizer {
      case .sgd: "stochastic gradient descent with Nesterov momentum"
      case .adamw: "Adam with decoupled weight decay"
      case .adamwExact: "AdamW whose RepOptimizer follows the branches with their epsilon too"
      }
    }, default: OptimizerChoice.sgd, help: "The optimizer.")
  static let learningRate = Option(
    "learning-rate", .number(0...1e6), defaultText: "0.05 for sgd, 0.002 for adamw",
    help: "The learning rate from which the cosine schedule starts.")
  static let warmUp = Option(
    "warm-up", .integer(0...1_000_000), default: 0,
    help: "Epochs at the start in which the rate rises.")
  static let batch = Option(
    "batch", short: "b", .integer(1...65_536), default: 64, help: "Images per step.")
  static let weightDecay = Option(
    "weight-decay", .number(0...1e6), defaultText: "0.0001 for sgd, 0.05 for adamw",
    help: "Weight decay, of the parameters that have one.")
  static let labelSmoothing = Option(
    "label-smoothing", .number(0...0.999), default: 0,
    help: "Share of the target that is spread over all classes.")
  static let clip = Option(
    "clip", .number(1e-12...1e12),
    help: "Largest norm of the gradients; refused where it would break an equivalence.")
  static let shift = Option(
    "shift", .integer(0...4096), default: 0, help: "Shift images by up to this many pixels.")
  static let flips = Flag("flips", help: "Mirror half of the images.")
  static let size = Option(
    "size", short: "s", .integer(1...4096), defaultText: "the images' own, 224 for an ImageFolder",
    help: "Side of the images.")
  static let weights = Option(
    "weights", .inputFile("safetensors", "pth", "pt"),
    help: "Start from this checkpoint of the same form; a head of other classes starts anew.")
  static let restart = Flag(
    "restart", help: "Start anew even if the folder holds a state, which is then lost.")

  /// The options of both commands.
  static let common: [any ArgumentDeclaration] = [
    data, model, epochs, seed, output, optimizer, learningRate, warmUp, batch, weightDecay,
    labelSmoothing, clip, shift, flips, size, weights, restart, SharedArguments.threads,
    SharedArguments.json,
  ]

  /// The network that a command line names, in a form.
  static func architecture(
    _ arguments: Arguments, form: TrainingArchitecture.Form, classCount: Int
  ) throws -> TrainingArchitecture {
    let name = arguments[model]
    if name == "digits" {
      var digits = TrainingArchitecture.digits(form: form)
      digits.classCount = classCount
      return digits
    }
    guard let architecture = try custom(name) ?? Architecture.named(name) else {
      let known = Architecture.catalogue.filter(\.isOfRepVGGBlocks).map(\.name)
        .joined(separator: ", ")
      throw UsageError("there is no architecture '\(name)'; known are digits, \(known)")
    }
    return try TrainingArchitecture(architecture, form: form, classCount: classCount)
  }

  /// The stages of `custom-1x16-1x16-…`; nil if the name does not begin with `custom-`.
  private static func custom(_ name: String) throws(UsageError) -> Architecture? {
    let prefix = "custom-"
    guard name.hasPrefix(prefix) else { return nil }
    let stages = name.dropFirst(prefix.count).split(
      separator: "-", omittingEmptySubsequences: false
    ).map { stage -> (blocks: Int, channels: Int)? in
      let numbers = stage.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.count == 2, let blocks = numbers[0], let channels = numbers[1],
        (1...256).contains(blocks), (1...8192).contains(channels)
      else { return nil }
      return (blocks, channels)
    }
    guard stages.count == 5, stages.allSatisfy({ $0 != nil }), stages[0]?.blocks == 1 else {
      throw UsageError(
        "'\(name)' must have five stages BLOCKSxCHANNELS, the first of one block")
    }
    let known = stages.compactMap { $0 }
    return Architecture(
      RepVGGDesign(blockCounts: known.map(\.blocks), channels: known.map(\.channels)), name: name)
  }

  /// How to train, from the command line.
  static func configuration(
    _ arguments: Arguments, rule: GradientReparameterization.Rule?
  ) -> TrainingConfiguration {
    let isSGD = arguments[optimizer] == .sgd
    let settings: OptimizerSettings =
      isSGD
      ? .sgd(SGDSettings(weightDecay: arguments[weightDecay] ?? 1e-4))
      : .adamW(AdamWSettings(weightDecay: arguments[weightDecay] ?? 0.05))
    return TrainingConfiguration(
      epochCount: arguments[epochs], optimizer: settings,
      learningRate: arguments[learningRate] ?? (isSGD ? 0.05 : 0.002),
      warmupEpochCount: arguments[warmUp], labelSmoothing: arguments[labelSmoothing],
      clippingNorm: arguments[clip],
      augmentation: Augmentation(shift: arguments[shift], flips: arguments[flips]),
      seed: arguments[seed], rule: rule)
  }
}
