import RepVGG

/// How a picture becomes a network's input: the size its short side is brought to, the square cut
/// from its centre, and the normalisation of its channels.
///
/// A model's accuracy is only what was published with the preset it was published with; every
/// report names it.
public struct ImagePreset: Sendable, Hashable {
  /// The name that reports show.
  public let name: String
  /// The length that the short side is resized to, in pixels.
  public let resizeShortSide: Int
  /// The side of the square cut from the centre, in pixels: the network's input size.
  public let cropSize: Int
  /// How pixels are made when resizing.
  public let filter: ResizeFilter
  /// The mean of red, green and blue, of levels from 0 to 1.
  public let mean: SIMD3<Float>
  /// The standard deviation of red, green and blue, of levels from 0 to 1.
  public let standardDeviation: SIMD3<Float>

  /// The largest side, in pixels, that a preset may have.
  public static let maximumSide = 8192
  /// The channel means of ImageNet's training set.
  public static let imageNetMean = SIMD3<Float>(0.485, 0.456, 0.406)
  /// The channel standard deviations of ImageNet's training set.
  public static let imageNetStandardDeviation = SIMD3<Float>(0.229, 0.224, 0.225)

  /// A preset of one's own.
  ///
  /// - Parameters:
  ///   - name: The name that reports show.
  ///   - resizeShortSide: The length that the short side is resized to, 1 to ``maximumSide``.
  ///   - cropSize: The side of the centre square, 1 to ``maximumSide``.
  ///   - filter: How pixels are made when resizing.
  ///   - mean: The mean of red, green and blue, finite.
  ///   - standardDeviation: The deviation of red, green and blue, finite and above 0.
  /// - Throws: `invalidArgument` for a value out of its range.
  public init(
    name: String, resizeShortSide: Int, cropSize: Int, filter: ResizeFilter = .bilinear,
    mean: SIMD3<Float> = imageNetMean,
    standardDeviation: SIMD3<Float> = imageNetStandardDeviation
  ) throws(RepVGGError) {
    for (what, side) in [("resize", resizeShortSide), ("crop", cropSize)] {
      guard (1...Self.maximumSide).contains(side) else {
        throw RepVGGError(
          .invalidArgument, "\(what) size \(side) is not between 1 and \(Self.maximumSide)")
      }
    }
    for channel in 0..<3 {
      guard mean[channel].isFinite else {
        throw RepVGGError(.invalidArgument, "mean \(mean[channel]) is not finite")
      }
      guard standardDeviation[channel].isFinite, standardDeviation[channel] > 0 else {
        throw RepVGGError(
          .invalidArgument, "standard deviation \(standardDeviation[channel]) is not positive")
      }
    }
    self.init(
      unchecked: name, resizeShortSide, cropSize, filter, mean, standardDeviation)
  }

  private init(
    unchecked name: String, _ resizeShortSide: Int, _ cropSize: Int, _ filter: ResizeFilter,
    _ mean: SIMD3<Float>, _ standardDeviation: SIMD3<Float>
  ) {
    self.name = name
    self.resizeShortSide = resizeShortSide
    self.cropSize = cropSize
    self.filter = filter
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// timm's evaluation of RepVGG: short side 256, centre 224 (crop fraction 0.875), bilinear.
  public static let timm = ImagePreset(
    unchecked: "timm", 256, 224, .bilinear, imageNetMean, imageNetStandardDeviation)

  /// timm's evaluation of RepVGG-D2se: 320 and 320 (crop fraction 1.0), bilinear.
  public static let timmD2se = ImagePreset(
    unchecked: "timm", 320, 320, .bilinear, imageNetMean, imageNetStandardDeviation)

  /// The authors' evaluation: short side 224, centre 224, bilinear.
  public static let author = ImagePreset(
    unchecked: "author", 224, 224, .bilinear, imageNetMean, imageNetStandardDeviation)

  /// timm's evaluation at another input size: short side `floor(size / cropFraction)`.
  ///
  /// - Throws: `invalidArgument` for sizes out of range.
  public static func timm(
    size: Int, cropFraction: Double = 0.875
  ) throws(RepVGGError) -> ImagePreset {
    try ImagePreset(
      name: "timm", resizeShortSide: shortSide(size: size, cropFraction: cropFraction),
      cropSize: size)
  }

  /// The authors' evaluation at another input size.
  ///
  /// - Throws: `invalidArgument` for a size out of range.
  public static func author(size: Int) throws(RepVGGError) -> ImagePreset {
    try ImagePreset(name: "author", resizeShortSide: size, cropSize: size)
  }

  /// The names that ``named(_:size:architecture:)`` knows.
  public static let names = ["timm", "author"]

  /// A preset by its name.
  ///
  /// - Parameters:
  ///   - name: `timm` or `author`.
  ///   - size: Another input size than the preset's own.
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
    func list(_ values: SIMD3<Float>) -> String { "\(values.x),\(values.y),\(values.z)" }
    return "\(name): short side \(resizeShortSide), centre \(cropSize)x\(cropSize), "
      + "\(filter.rawValue), mean \(list(mean)), std \(list(standardDeviation))"
  }

  /// timm's rule: the length that leaves `cropFraction` of the short side in the crop.
  static func shortSide(size: Int, cropFraction: Double) throws(RepVGGError) -> Int {
    let side = (Double(size) / cropFraction).rounded(.down)
    guard cropFraction.isFinite, cropFraction > 0, side >= 1, side <= Double(maximumSide) else {
      throw RepVGGError(
        .invalidArgument, "crop fraction \(cropFraction) of size \(size) is out of range")
    }
    return Int(side)
  }
}
