import CommandLineKit
import RepVGG
import RepVGGImaging
import TextFormats

/// Options for how image files become network input, and how many at once.
enum PreprocessingOptions {
  static let weights = Option(
    required: "weights", short: "w", .inputFile("safetensors", "pth", "pt", "bin"),
    help: "The checkpoint; it, or a config.json beside it, has preprocessing and class names.")

  static let preset = Option(
    "preset",
    .oneOf(
      [
        Choice("file", "the checkpoint's or its config.json's"),
        Choice("timm", "short side 256, centre 224; D2se 320, 320"),
        Choice("author", "short side 224, centre 224"),
      ], "PRESET"), defaultText: "the file's, and timm for ImageNet's networks",
    help: "How images are resized, cropped and normalised.")

  static let mean = Option(
    "mean", channels(0...1), defaultText: "the preset's",
    help: "Mean of the channels, of levels from 0 to 1: one value, or one for each.")

  static let standardDeviation = Option(
    "std", channels(1e-6...1), defaultText: "the preset's",
    help: "Standard deviation of the channels, of levels from 0 to 1.")

  static let size = Option(
    "size", short: "s", .integer(1...4096), defaultText: "the preset's",
    help: "Side of the network's input in pixels; the crop fraction stays.")

  static let exif = Flag("exif", help: "Rotate images by their EXIF orientation.")

  static let batch = Option(
    "batch", short: "b", .integer(1...4096), default: 8, help: "Images computed at once.")

  /// The options for converting bytes of an array to floats.
  static let levels: [any ArgumentDeclaration] = [preset, mean, standardDeviation]

  /// One number for each channel.
  private static func channels(_ range: ClosedRange<Double>) -> ValueKind<[Double]> {
    .list(of: .number(range), maximumCount: 64)
  }

  /// The preprocessing from the command line, the checkpoint or the network.
  ///
  /// Nothing is guessed for a network that is not one of ImageNet's at its published size.
  ///
  /// - Throws: `UsageError` if it is not specified anywhere, `RepVGGError` for impossible values.
  static func resolvedPreset(
    _ arguments: Arguments, _ stated: StatedNetwork
  ) throws -> ImagePreset {
    let network = stated.network
    var wanted = ModelConfiguration()
    wanted.inputSize = arguments[size].map { [3, $0, $0] }
    wanted.mean = try threeValues(arguments[mean], "--mean")
    wanted.standardDeviation = try threeValues(arguments[standardDeviation], "--std")
    var name = "command line"
    switch arguments[preset] {
    case let named? where named != "file":
      let own = network.origin.inputSize
      let known = try ImagePreset.named(
        named, size: arguments[size] ?? (own == 224 ? nil : own),
        architecture: network.origin.architecture)
      wanted = wanted.filled(from: ModelConfiguration(known))
      name = known.name
    case nil where wanted.missingPreprocessing.isEmpty:
      wanted.cropFraction = 1
    default:
      wanted = wanted.filled(from: stated.configuration)
      if let source = stated.source { name = source }
      let own = network.origin.inputSize
      if arguments[preset] == nil, isImageNetNetwork(network),
        wanted.inputSize.map({ $0 == [3, own, own] }) ?? true
      {
        let known = try ImagePreset.named("timm", architecture: network.origin.architecture)
        if stated.configuration.missingPreprocessing.count == 3 { name = known.name }
        wanted = wanted.filled(from: ModelConfiguration(known))
      }
    }
    if let found = try wanted.preset(named: name) { return found }
    let missing = wanted.missingPreprocessing.map { "--\($0)" }.joined(separator: ", ")
    throw UsageError(
      "\(arguments[weights].quotedForDisplay()) does not say how images become its input: give"
        + " \(missing), or --preset, or a config.json beside it")
  }

  /// How bytes of arrays become floats, if the command line specifies it.
  ///
  /// - Throws: `UsageError` if a mean or a deviation is missing.
  static func pixelLevels(
    _ arguments: Arguments, _ stated: StatedNetwork
  ) throws -> PixelLevels? {
    var wanted = ModelConfiguration()
    wanted.mean = arguments[mean]
    wanted.standardDeviation = arguments[standardDeviation]
    switch arguments[preset] {
    case "file": wanted = wanted.filled(from: stated.configuration)
    case let name?: wanted = wanted.filled(from: ModelConfiguration(try ImagePreset.named(name)))
    case nil where wanted.mean == nil && wanted.standardDeviation == nil: return nil
    case nil: break
    }
    guard let mean = wanted.mean, let deviation = wanted.standardDeviation else {
      throw UsageError("bytes need --mean and --std, or --preset; one of them is missing")
    }
    return PixelLevels(mean: mean, deviation: deviation)
  }

  /// Whether the network is one of those published for ImageNet.
  private static func isImageNetNetwork(_ network: Network) -> Bool {
    network.head?.outputCount == 1000
      && Architecture.catalogue.contains { $0.name == network.origin.architecture }
  }

  private static func threeValues(
    _ values: [Double]?, _ name: String
  ) throws(UsageError) -> [Double]? {
    guard let values else { return nil }
    guard [1, 3].contains(values.count) else {
      throw UsageError("\(name) must have one value or three, for red, green and blue")
    }
    return values.count == 1 ? [values[0], values[0], values[0]] : values
  }
}

extension ImagePreset {
  /// The preset for a program.
  var json: JSONValue {
    func list(_ values: SIMD3<Double>) -> JSONValue {
      .array((0..<3).map { .double(values[$0]) })
    }
    return [
      "name": .string(name), "resize": .integer(resizeShortSide), "crop": .integer(cropSize),
      "interpolation": .string(filter.rawValue), "mean": list(mean),
      "std": list(standardDeviation),
    ]
  }
}
