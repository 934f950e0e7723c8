import CommandLineKit
import RepVGG
import RepVGGImaging

/// Options of how image files become network input, and how many at once.
enum PreprocessingOptions {
  static let weights = Option(
    required: "weights", short: "w", .inputFile("safetensors", "pth", "pt", "bin"),
    help: "The checkpoint; a config.json beside it tells size, crop, mean and deviation.")

  static let preset = Option(
    "preset",
    .oneOf(
      [
        Choice("timm", "short side 256, centre 224; D2se 320, 320"),
        Choice("author", "short side 224, centre 224"),
      ], "PRESET"), defaultText: "config.json's, else timm",
    help: "How images are resized, cropped and normalised.")

  static let size = Option(
    "size", short: "s", .integer(1...4096), defaultText: "the preset's",
    help: "Side of the network's input in pixels; the crop fraction stays.")

  static let exif = Flag("exif", help: "Turn images as their EXIF orientation says.")

  static let batch = Option(
    "batch", short: "b", .integer(1...4096), default: 8, help: "Images computed at once.")

  /// The preprocessing that the command line, a file beside the weights or the network asks for.
  ///
  /// - Throws: `RepVGGError` for a malformed configuration or a size out of range.
  static func resolvedPreset(
    _ arguments: Arguments, network: Network
  ) throws(RepVGGError) -> ImagePreset {
    let size = arguments[size]
    let architecture = network.architecture
    if arguments[preset] == nil,
      let found = try ModelConfiguration.beside(weightsPath: arguments[weights]),
      let preset = found.configuration.preset
    {
      guard let size, size != preset.cropSize else { return preset }
      return try ImagePreset(
        name: preset.name, resizeShortSide: size * preset.resizeShortSide / preset.cropSize,
        cropSize: size, filter: preset.filter, mean: preset.mean,
        standardDeviation: preset.standardDeviation)
    }
    let ownSize = architecture.inputSize == 224 ? nil : architecture.inputSize
    return try ImagePreset.named(
      arguments[preset] ?? "timm", size: size ?? ownSize, architecture: architecture.name)
  }
}

extension ImagePreset {
  /// The preset for a program.
  var json: JSONValue {
    func list(_ values: SIMD3<Float>) -> JSONValue {
      .array((0..<3).map { .double(Double("\(values[$0])") ?? Double(values[$0])) })
    }
    return [
      "name": .string(name), "resize": .integer(resizeShortSide), "crop": .integer(cropSize),
      "interpolation": .string(filter.rawValue), "mean": list(mean),
      "std": list(standardDeviation),
    ]
  }
}
