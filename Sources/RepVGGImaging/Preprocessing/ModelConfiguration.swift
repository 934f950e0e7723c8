import RepVGG

/// A model's `config.json`: its input and classes, as timm and the Hugging Face hub write them;
/// each value is nil if the text does not have it.
///
/// The keys are `architecture`, `num_classes`, `input_size`, `crop_pct`, `crop_mode`,
/// `interpolation`, `mean`, `std`, `strides`, and the names of classes as `label_names`, `labels`
/// (a list, or an object from index to name) or `id2label`; at the top level or under
/// `pretrained_cfg`, which has precedence only for the preprocessing. Other keys are skipped;
/// `null` counts as absent.
public struct ModelConfiguration: Sendable, Hashable {
  /// The model's name in its own code base, such as `repvgg_a0`.
  public var architecture: String?
  /// The number of classes.
  public var classCount: Int?
  /// The names of the classes by their indices.
  public var classNames: [Int: String]?
  /// Channels, height and width of the network's input.
  public var inputSize: [Int]?
  /// The share of the short side that the crop keeps.
  public var cropFraction: Double?
  /// How the image is cropped; presets support only `center`.
  public var cropMode: String?
  /// The name of the resize filter.
  public var interpolation: String?
  /// The mean of every channel, of levels from 0 to 1.
  public var mean: [Double]?
  /// The standard deviation of every channel, of levels from 0 to 1.
  public var standardDeviation: [Double]?
  /// The stride of every stage.
  public var strides: [Int]?

  /// An empty configuration.
  public init() {}

  /// A configuration with the preprocessing of a preset.
  public init(_ preset: ImagePreset) {
    inputSize = [3, preset.cropSize, preset.cropSize]
    cropFraction = preset.cropFraction
    interpolation = preset.filter.rawValue
    mean = (0..<3).map { preset.mean[$0] }
    standardDeviation = (0..<3).map { preset.standardDeviation[$0] }
  }

  /// The same configuration, with missing values from another one.
  public func filled(from other: ModelConfiguration) -> ModelConfiguration {
    var copy = self
    copy.architecture = architecture ?? other.architecture
    copy.classCount = classCount ?? other.classCount
    copy.classNames = classNames ?? other.classNames
    copy.inputSize = inputSize ?? other.inputSize
    copy.cropFraction = cropFraction ?? other.cropFraction
    copy.cropMode = cropMode ?? other.cropMode
    copy.interpolation = interpolation ?? other.interpolation
    copy.mean = mean ?? other.mean
    copy.standardDeviation = standardDeviation ?? other.standardDeviation
    copy.strides = strides ?? other.strides
    return copy
  }

  /// What must be known before images can be prepared and is not: `size`, `mean`, `std`.
  public var missingPreprocessing: [String] {
    [("size", inputSize == nil), ("mean", mean == nil), ("std", standardDeviation == nil)]
      .filter(\.1).map(\.0)
  }

  /// The preprocessing; nil if size, mean or deviation is unknown.
  ///
  /// A missing crop fraction is timm's 0.875, a missing filter bilinear.
  ///
  /// - Parameter name: The preset's name in reports.
  /// - Returns: The preset, or nil.
  /// - Throws: `badData` for impossible values, `unsupported` for anything but a centre crop of a
  ///   square with three channels.
  public func preset(named name: String) throws(RepVGGError) -> ImagePreset? {
    guard let inputSize, let mean, let standardDeviation else { return nil }
    guard inputSize.count == 3, inputSize[0] == 3, inputSize[1] == inputSize[2] else {
      throw RepVGGError(
        .unsupported, "input_size \(inputSize): three channels and a square expected")
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
        name: name, cropSize: inputSize[1], cropFraction: cropFraction ?? 0.875, filter: filter,
        mean: Self.channels(mean, "mean"),
        standardDeviation: Self.channels(standardDeviation, "std"))
    } catch {
      // A caller's mistake is the file's mistake here.
      throw RepVGGError(.badData, error.reason)
    }
  }

  private static func channels(
    _ values: [Double], _ name: String
  ) throws(RepVGGError) -> SIMD3<Double> {
    guard values.count == 3 else {
      throw RepVGGError(.badData, "\(name) of \(values.count) values: three expected")
    }
    return SIMD3(values[0], values[1], values[2])
  }

  /// Checks that it describes a network with this number of classes.
  ///
  /// Names may be missing for some classes, as for outputs without a meaning, but not only for the
  /// last ones.
  ///
  /// - Throws: `badData` if it has another number of classes, or names for others.
  public func check(classCount expected: Int) throws(RepVGGError) {
    let names = classNames ?? [:]
    let isShort = !names.isEmpty && names.count < expected && names.keys.max() == names.count - 1
    let reason =
      if let classCount, classCount != expected {
        "num_classes is \(classCount)"
      } else if isShort || names.keys.contains(where: { $0 >= expected }) {
        "it names \(names.count) classes"
      } else { "" }
    guard !reason.isEmpty else { return }
    throw RepVGGError(
      .badData, "\(reason), but the network has \(expected): it speaks of another network")
  }
}
