import RepVGG

/// How an image becomes a network's input: the size to which its short side is resized, the square
/// cut from its centre, and the normalisation of its channels.
///
/// A model reaches its published accuracy only with the preset of that publication, so every report
/// names the preset.
public struct ImagePreset: Sendable, Hashable {
  /// The name that reports show.
  public let name: String
  /// The length to which the short side is resized, in pixels.
  public let resizeShortSide: Int
  /// The side of the square cut from the centre, in pixels: the network's input size.
  public let cropSize: Int
  /// The share of the short side that the crop keeps: `resizeShortSide` is
  /// `floor(cropSize / cropFraction)`.
  public let cropFraction: Double
  /// How pixels are computed when resizing.
  public let filter: ResizeFilter
  /// The mean of red, green and blue, of levels from 0 to 1.
  public let mean: SIMD3<Double>
  /// The standard deviation of red, green and blue, of levels from 0 to 1.
  public let standardDeviation: SIMD3<Double>

  /// The largest side, in pixels, that a preset may have.
  public static let maximumSide = 8192
  /// The channel means of ImageNet's training set.
  public static let imageNetMean = SIMD3<Double>(0.485, 0.456, 0.406)
  /// The channel standard deviations of ImageNet's training set.
  public static let imageNetStandardDeviation = SIMD3<Double>(0.229, 0.224, 0.225)

  /// A custom preset.
  ///
  /// - Parameters:
  ///   - name: The name that reports show.
  ///   - resizeShortSide: The length to which the short side is resized, 1 to ``maximumSide``.
  ///   - cropSize: The side of the centre square, 1 to ``maximumSide``.
  ///   - filter: How pixels are computed when resizing.
  ///   - mean: The mean of red, green and blue, finite.
  ///   - standardDeviation: The deviation of red, green and blue, finite and above 0.
  /// - Throws: `invalidArgument` for a value out of its range.
  public init(
    name: String, resizeShortSide: Int, cropSize: Int, filter: ResizeFilter = .bilinear,
    mean: SIMD3<Double> = imageNetMean,
    standardDeviation: SIMD3<Double> = imageNetStandardDeviation
  ) throws(RepVGGError) {
    try Self.check(resizeShortSide: resizeShortSide, cropSize: cropSize)
    // The next smaller fraction if the quotient would be rounded down by one.
    let fraction = Double(cropSize) / Double(resizeShortSide)
    let isExact = Int(Double(cropSize) / fraction) == resizeShortSide
    try self.init(
      checked: name, resizeShortSide, cropSize, isExact ? fraction : fraction.nextDown, filter,
      mean, standardDeviation)
  }

  /// A preset whose short side follows from the crop, as in timm.
  ///
  /// - Parameters:
  ///   - name: The name that reports show.
  ///   - cropSize: The side of the centre square, 1 to ``maximumSide``.
  ///   - cropFraction: The share of the short side that the crop keeps.
  ///   - filter: How pixels are computed when resizing.
  ///   - mean: The mean of red, green and blue, finite.
  ///   - standardDeviation: The deviation of red, green and blue, finite and above 0.
  /// - Throws: `invalidArgument` for a value out of its range.
  public init(
    name: String, cropSize: Int, cropFraction: Double, filter: ResizeFilter = .bilinear,
    mean: SIMD3<Double> = imageNetMean,
    standardDeviation: SIMD3<Double> = imageNetStandardDeviation
  ) throws(RepVGGError) {
    let side = (Double(cropSize) / cropFraction).rounded(.down)
    guard cropFraction.isFinite, cropFraction > 0, side >= 1, side <= Double(Self.maximumSide)
    else {
      throw RepVGGError(
        .invalidArgument, "crop fraction \(cropFraction) of size \(cropSize) is out of range")
    }
    try Self.check(resizeShortSide: Int(side), cropSize: cropSize)
    try self.init(
      checked: name, Int(side), cropSize, cropFraction, filter, mean, standardDeviation)
  }

  private static func check(resizeShortSide: Int, cropSize: Int) throws(RepVGGError) {
    for (what, side) in [("resize", resizeShortSide), ("crop", cropSize)] {
      guard (1...maximumSide).contains(side) else {
        throw RepVGGError(
          .invalidArgument, "\(what) size \(side) is not between 1 and \(maximumSide)")
      }
    }
  }

  private init(
    checked name: String, _ resizeShortSide: Int, _ cropSize: Int, _ cropFraction: Double,
    _ filter: ResizeFilter, _ mean: SIMD3<Double>, _ standardDeviation: SIMD3<Double>
  ) throws(RepVGGError) {
    try LevelTable.check(mean: mean, standardDeviation: standardDeviation)
    self.init(
      unchecked: name, resizeShortSide, cropSize, cropFraction, filter, mean, standardDeviation)
  }

  private init(
    unchecked name: String, _ resizeShortSide: Int, _ cropSize: Int, _ cropFraction: Double,
    _ filter: ResizeFilter, _ mean: SIMD3<Double>, _ standardDeviation: SIMD3<Double>
  ) {
    self.name = name
    self.resizeShortSide = resizeShortSide
    self.cropSize = cropSize
    self.cropFraction = cropFraction
    self.filter = filter
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// timm's evaluation of RepVGG: short side 256, centre 224 (crop fraction 0.875), bilinear.
  public static let timm = ImagePreset(
    unchecked: "timm", 256, 224, 0.875, .bilinear, imageNetMean, imageNetStandardDeviation)

  /// timm's evaluation of RepVGG-D2se: 320 and 320 (crop fraction 1.0), bilinear.
  public static let timmD2se = ImagePreset(
    unchecked: "timm", 320, 320, 1, .bilinear, imageNetMean, imageNetStandardDeviation)

  /// The authors' evaluation: short side 224, centre 224, bilinear.
  public static let author = ImagePreset(
    unchecked: "author", 224, 224, 1, .bilinear, imageNetMean, imageNetStandardDeviation)

  /// timm's evaluation at another input size: short side `floor(size / cropFraction)`.
  ///
  /// - Throws: `invalidArgument` for sizes out of range.
  public static func timm(
    size: Int, cropFraction: Double = 0.875
  ) throws(RepVGGError) -> ImagePreset {
    try ImagePreset(name: "timm", cropSize: size, cropFraction: cropFraction)
  }

  /// The authors' evaluation at another input size.
  ///
  /// - Throws: `invalidArgument` for a size out of range.
  public static func author(size: Int) throws(RepVGGError) -> ImagePreset {
    try ImagePreset(name: "author", resizeShortSide: size, cropSize: size)
  }

  /// The names that ``named(_:size:architecture:)`` accepts.
  public static let names = ["timm", "author"]

  /// A preset by its name.
  ///
  /// - Parameters:
  ///   - name: `timm` or `author`.
  ///   - size: An input size other than the preset's own.
  ///   - architecture: The network's name; timm evaluates D2se at another size.
  /// - Returns: The preset.
  /// - Throws: `invalidArgument` for an unknown name or a size out of range.
  public static func named(
    _ name: String, size: Int? = nil, architecture: String? = nil
  ) throws(RepVGGError) -> ImagePreset {
    let isD2se = architecture?.lowercased().hasSuffix("d2se") ?? false
    switch (name, size) {
    case ("timm", nil): return isD2se ? timmD2se : timm
    case ("timm", let size?): return try timm(size: size, cropFraction: isD2se ? 1 : 0.875)
    case ("author", nil): return author
    case ("author", let size?): return try author(size: size)
    default:
      throw RepVGGError(
        .invalidArgument, "unknown preset '\(name)': \(names.joined(separator: " or ")) expected")
    }
  }

  /// The preset in one line, for output.
  public var summary: String {
    func list(_ values: SIMD3<Double>) -> String { "\(values.x),\(values.y),\(values.z)" }
    return "\(name): short side \(resizeShortSide), centre \(cropSize)x\(cropSize), "
      + "\(filter.rawValue), mean \(list(mean)), std \(list(standardDeviation))"
  }
}
