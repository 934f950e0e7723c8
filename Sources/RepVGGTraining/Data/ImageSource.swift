import RepVGG

/// A labelled set of images of one size, as bytes.
///
/// Implementations read from memory or from files; they are asked from a background thread.
public protocol ImageSource: Sendable {
  /// The number of images.
  var count: Int { get }
  /// The number of classes; labels are 0..<classCount.
  var classCount: Int { get }
  /// Rows of an image.
  var height: Int { get }
  /// Columns of an image.
  var width: Int { get }
  /// 1 or 3; a network of three channels gets one channel thrice.
  var channels: Int { get }
  /// How bytes become the numbers that a network takes.
  var normalization: PixelNormalization { get }

  /// The label of an image.
  ///
  /// - Parameter index: 0..<count.
  /// - Returns: 0..<classCount.
  func label(at index: Int) -> Int32

  /// Writes an image's bytes, `[height][width][channels]`.
  ///
  /// - Parameters:
  ///   - index: 0..<count.
  ///   - pixels: room for height · width · channels bytes.
  /// - Throws: `badData` or `inputOutput` where the image cannot be read.
  func read(at index: Int, into pixels: UnsafeMutableBufferPointer<UInt8>) throws
}

/// How a byte becomes a number: `(byte / 255 - mean) / deviation`, per channel.
public struct PixelNormalization: Sendable, Hashable, Codable {
  /// Means of levels from 0 to 1, one for each channel or one for all.
  public var mean: [Double]
  /// Standard deviations of levels from 0 to 1, one for each channel or one for all.
  public var deviation: [Double]

  /// Means and deviations of levels from 0 to 1, one for each channel or one for all.
  public init(mean: [Double], deviation: [Double]) {
    self.mean = mean
    self.deviation = deviation
  }

  /// What suits the digits, whose bytes go from 0 to 240: numbers from -1 to 1.
  public static let digits = PixelNormalization(mean: [120 / 255], deviation: [120 / 255])
  /// The mean and deviation of MNIST's training set.
  public static let mnist = PixelNormalization(mean: [0.1307], deviation: [0.3081])
  /// The means and deviations of CIFAR-10's training set.
  public static let cifar10 = PixelNormalization(
    mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616])
  /// The means and deviations of CIFAR-100's training set.
  public static let cifar100 = PixelNormalization(
    mean: [0.5071, 0.4865, 0.4409], deviation: [0.2673, 0.2564, 0.2762])

  /// Factor and summand of a channel's bytes: `byte * scale + shift`.
  package func coefficients(_ channel: Int) -> (scale: Float, shift: Float) {
    let deviation = Self.element(deviation, channel) ?? 1
    let mean = Self.element(mean, channel) ?? 0
    return (Float(1 / (255 * deviation)), Float(-mean / deviation))
  }

  private static func element(_ values: [Double], _ channel: Int) -> Double? {
    values.indices.contains(channel) ? values[channel] : values.first
  }
}

/// Images held in memory.
public struct MemoryImageSource: ImageSource {
  /// The number of images.
  public let count: Int
  /// The number of classes.
  public let classCount: Int
  /// Rows of an image.
  public let height: Int
  /// Columns of an image.
  public let width: Int
  /// Channels of an image.
  public let channels: Int
  /// How bytes become numbers.
  public let normalization: PixelNormalization
  private let pixels: [UInt8]
  private let labels: [Int32]

  /// Images of one size, `[image][row][column][channel]`, and a label for each.
  ///
  /// - Throws: `badData` where the bytes do not fit the sizes or a label is not a class.
  public init(
    pixels: [UInt8], labels: [Int32], height: Int, width: Int, channels: Int, classCount: Int,
    normalization: PixelNormalization
  ) throws {
    guard (1...65536).contains(height), (1...65536).contains(width), [1, 3].contains(channels),
      !labels.isEmpty, (1...(1 << 20)).contains(classCount)
    else {
      throw RepVGGError(
        .badData, "\(labels.count) images of \(height)x\(width)x\(channels) are not a data set")
    }
    let (byteCount, overflow) = labels.count.multipliedReportingOverflow(
      by: height * width * channels)
    guard !overflow, byteCount == pixels.count else {
      throw RepVGGError(
        .badData,
        "\(pixels.count) bytes are not \(labels.count) images of "
          + "\(height)x\(width)x\(channels)")
    }
    if let wrong = labels.first(where: { !(0..<classCount).contains(Int($0)) }) {
      throw RepVGGError(.badData, "label \(wrong) is not one of the \(classCount) classes")
    }
    count = labels.count
    self.classCount = classCount
    self.height = height
    self.width = width
    self.channels = channels
    self.normalization = normalization
    self.pixels = pixels
    self.labels = labels
  }

  /// The label of an image.
  public func label(at index: Int) -> Int32 { labels[index] }

  /// Writes an image's bytes.
  public func read(at index: Int, into target: UnsafeMutableBufferPointer<UInt8>) throws {
    let size = height * width * channels
    _ = target.update(fromContentsOf: pixels[index * size..<(index + 1) * size])
  }
}

/// The images of another source, enlarged by repeating every pixel.
public struct EnlargedImageSource<Base: ImageSource>: ImageSource {
  private let base: Base
  private let factor: Int

  /// Images `factor` times as high and wide.
  ///
  /// - Throws: `invalidArgument` for a factor out of range.
  public init(_ base: Base, factor: Int) throws {
    guard (1...64).contains(factor), base.height * factor <= 65536, base.width * factor <= 65536
    else { throw RepVGGError(.invalidArgument, "images cannot be enlarged \(factor) times") }
    self.base = base
    self.factor = factor
  }

  /// The number of images.
  public var count: Int { base.count }
  /// The number of classes.
  public var classCount: Int { base.classCount }
  /// Rows of an image.
  public var height: Int { base.height * factor }
  /// Columns of an image.
  public var width: Int { base.width * factor }
  /// Channels of an image.
  public var channels: Int { base.channels }
  /// How bytes become numbers.
  public var normalization: PixelNormalization { base.normalization }

  /// The label of an image.
  public func label(at index: Int) -> Int32 { base.label(at: index) }

  /// Writes an image's bytes.
  public func read(at index: Int, into target: UnsafeMutableBufferPointer<UInt8>) throws {
    try withUnsafeTemporaryAllocation(
      of: UInt8.self, capacity: base.height * base.width * channels
    ) { small in
      small.initialize(repeating: 0)
      try base.read(at: index, into: small)
      for row in 0..<height {
        for column in 0..<width {
          let source = (row / factor * base.width + column / factor) * channels
          let position = (row * width + column) * channels
          for channel in 0..<channels { target[position + channel] = small[source + channel] }
        }
      }
    }
  }
}
