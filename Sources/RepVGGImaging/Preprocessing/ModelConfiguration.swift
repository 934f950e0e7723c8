import RepVGG

/// What a `config.json` beside a model's weights says, as timm and the Hugging Face hub write it.
///
/// The keys are `architecture`, `num_classes`, `input_size`, `crop_pct`, `crop_mode`,
/// `interpolation`, `mean` and `std`, at the top level or under `pretrained_cfg`, which wins for
/// the preprocessing. Other keys are passed over; `null` counts as absent.
public struct ModelConfiguration: Sendable, Hashable {
  /// The model's name in its own code base, such as `repvgg_a0`.
  public let architecture: String?
  /// The number of classes.
  public let classCount: Int?
  /// The preprocessing, named `config.json`; nil where the file says nothing about it.
  ///
  /// Keys that are missing beside others have timm's values for RepVGG.
  public let preset: ImagePreset?

  /// The largest file that is accepted.
  private static let maximumByteCount = 1 << 20

  /// Reads a file.
  ///
  /// - Throws: `missingInput`, `inputOutput`, `badData` for malformed text and impossible values,
  ///   `unsupported` for a preprocessing that is not a centre crop of a square; all with the file.
  public init(contentsOf path: String) throws(RepVGGError) {
    let file = try FileBytes(contentsOf: path, maximumByteCount: Self.maximumByteCount)
    do {
      try self.init(parsing: file.bytes)
    } catch {
      throw error.inFile(path)
    }
  }

  /// Reads the `config.json` in the folder of a weights file.
  ///
  /// - Parameter weightsPath: The weights file.
  /// - Returns: What it says; nil where there is none.
  /// - Throws: As ``init(contentsOf:)``.
  public static func beside(
    weightsPath: String
  ) throws(RepVGGError) -> (configuration: ModelConfiguration, path: String)? {
    let folderEnd = weightsPath.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = folderEnd.map { String(weightsPath[...$0]) } ?? ""
    let path = folder + "config.json"
    guard FileBytes.exists(path) else { return nil }
    return (try ModelConfiguration(contentsOf: path), path)
  }

  /// Reads a text; errors do not name a file.
  package init(parsing bytes: UnsafeRawBufferPointer) throws(RepVGGError) {
    var scanner = JSONScanner(bytes, subject: "configuration")
    var outer = Fields()
    var nested = Fields()
    try scanner.object { (scanner, key) throws(RepVGGError) in
      if key == "pretrained_cfg", scanner.peek() == UInt8(ascii: "{") {
        try scanner.object { (scanner, key) throws(RepVGGError) in
          try nested.read(key, from: &scanner)
        }
      } else {
        try outer.read(key, from: &scanner)
      }
    }
    try scanner.expectEnd()
    architecture = outer.architecture ?? nested.architecture
    classCount = outer.classCount ?? nested.classCount
    preset = try nested.filled(from: outer).preset()
  }
}

/// The values of one level of a configuration.
private struct Fields {
  var architecture: String?
  var classCount: Int?
  var inputSize: [Int]?
  var cropFraction: Double?
  var cropMode: String?
  var interpolation: String?
  var mean: [Double]?
  var standardDeviation: [Double]?
  private var seen: Set<String> = []

  /// Reads the value of a key, or passes over it.
  mutating func read(_ key: String, from scanner: inout JSONScanner) throws(RepVGGError) {
    guard seen.count < 1000, seen.insert(key).inserted else {
      throw scanner.malformed("key '\(key.printable)' twice, or too many keys")
    }
    if scanner.skipNull() { return }
    switch key {
    case "architecture": architecture = try scanner.string()
    case "num_classes": classCount = try scanner.integer()
    case "input_size": inputSize = try scanner.integers(limit: 3)
    case "crop_pct": cropFraction = try scanner.number()
    case "crop_mode": cropMode = try scanner.string()
    case "interpolation": interpolation = try scanner.string()
    case "mean": mean = try scanner.numbers(limit: 3)
    case "std": standardDeviation = try scanner.numbers(limit: 3)
    default: try scanner.skipValue()
    }
  }

  /// The same, with what is missing taken from another level.
  func filled(from other: Fields) -> Fields {
    var copy = self
    copy.inputSize = inputSize ?? other.inputSize
    copy.cropFraction = cropFraction ?? other.cropFraction
    copy.cropMode = cropMode ?? other.cropMode
    copy.interpolation = interpolation ?? other.interpolation
    copy.mean = mean ?? other.mean
    copy.standardDeviation = standardDeviation ?? other.standardDeviation
    return copy
  }

  /// The preprocessing; nil where no key speaks of it.
  func preset() throws(RepVGGError) -> ImagePreset? {
    let saysNothing =
      inputSize == nil && cropFraction == nil && interpolation == nil && mean == nil
      && standardDeviation == nil
    if saysNothing { return nil }
    let size = inputSize ?? [3, 224, 224]
    guard size.count == 3, size[0] == 3, size[1] == size[2] else {
      throw RepVGGError(.unsupported, "input_size \(size): three channels and a square expected")
    }
    if let cropMode, cropMode != "center" {
      throw RepVGGError(.unsupported, "crop_mode '\(cropMode.printable)': only center is supported")
    }
    guard let filter = ResizeFilter(rawValue: interpolation ?? ResizeFilter.bilinear.rawValue)
    else {
      let known = ResizeFilter.allCases.map(\.rawValue).joined(separator: ", ")
      throw RepVGGError(
        .unsupported,
        "interpolation '\((interpolation ?? "").printable)': expected one of \(known)")
    }
    do {
      return try ImagePreset(
        name: "config.json",
        resizeShortSide: ImagePreset.shortSide(
          size: size[1], cropFraction: cropFraction ?? 0.875),
        cropSize: size[1], filter: filter,
        mean: channels(mean, "mean") ?? ImagePreset.imageNetMean,
        standardDeviation: channels(standardDeviation, "std")
          ?? ImagePreset.imageNetStandardDeviation)
    } catch {
      // What a caller would have done wrong is the file's fault here.
      throw RepVGGError(.badData, error.reason)
    }
  }

  private func channels(
    _ values: [Double]?, _ name: String
  ) throws(RepVGGError) -> SIMD3<Float>? {
    guard let values else { return nil }
    guard values.count == 3 else {
      throw RepVGGError(.badData, "\(name) of \(values.count) values: three expected")
    }
    return SIMD3(Float(values[0]), Float(values[1]), Float(values[2]))
  }
}
