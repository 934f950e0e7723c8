import CommandLineKit
import RepVGG

/// Images of an NPY file, as a network reads them.
struct ImageArray {
  let shape: InputShape
  /// Normalised values, NCHW.
  let values: [Float]

  /// Reads `[batch, channels, height, width]` of finite floats, or bytes that it normalises.
  ///
  /// - Parameters:
  ///   - path: The file, `-` for standard input.
  ///   - network: The network that reads them, with its channels.
  ///   - normalization: How bytes become floats, for one channel or for each; nil if it was not
  ///     specified.
  /// - Throws: `badData` for an array of another shape or type, with what to do; `UsageError` if
  ///   floats would be normalised.
  init(
    contentsOf path: String, for network: Network, normalization: PixelLevels?
  ) throws {
    let channels = network.inputChannels
    let array = try NPYArray(contentsOf: path)
    func refusal(_ reason: String) -> RepVGGError { RepVGGError(.badData, reason, file: path) }
    let type = array.elementType
    guard [.float16, .float32, .float64, .uint8].contains(type) else {
      throw refusal(
        "holds \(type), which are not images: expected normalised floats, or bytes (uint8)")
    }
    var dimensions = array.shape
    if channels > 0, let reason = Self.problem(dimensions, channels: channels) {
      throw refusal(reason)
    }
    // A network of any number of channels takes what it is given.
    let isChannelsLast = channels > 0 && dimensions[1] != channels
    if isChannelsLast { dimensions = [0, 3, 1, 2].map { dimensions[$0] } }
    do throws(RepVGGError) {
      shape = try InputShape(dimensions: dimensions)
    } catch {
      throw refusal(error.reason)
    }
    if let bytes = try array.uint8s() {
      guard let normalization else {
        throw refusal(
          "holds bytes (uint8), which are not normalised: give --preset, or --mean and --std")
      }
      values = try normalization.normalized(
        bytes, dimensions: dimensions, isChannelsLast: isChannelsLast)
      return
    }
    guard normalization == nil else {
      throw UsageError(
        "--preset, --mean and --std normalise bytes, and \(path.quotedForDisplay()) holds \(type),"
          + " which count as normalised; leave them out")
    }
    guard !isChannelsLast else {
      throw refusal(
        "has shape \(array.shape), which is NHWC, the channels last; expected"
          + " [batch, \(channels), height, width]: transpose it by (0, 3, 1, 2)")
    }
    values = try array.floats()
    guard values.allSatisfy(\.isFinite) else { throw refusal("holds values that are not finite") }
  }

  /// Why no batch of images has this shape, neither NCHW nor NHWC; nil if one has.
  private static func problem(_ shape: [Int], channels: Int) -> String? {
    let expected = "expected [batch, \(channels), height, width]"
    if shape.count == 3, shape[0] == channels || shape[2] == channels {
      return "has shape \(shape): one image without a batch; \(expected), so add an axis in front"
    }
    guard shape.count == 4 else { return "has shape \(shape), \(expected)" }
    if shape[0] == 0 { return "has shape \(shape): no images" }
    guard shape[1] == channels || shape[3] == channels else {
      return "has shape \(shape): images of \(shape[1]) channels, and the network takes"
        + " \(channels); \(expected)"
    }
    if shape.contains(0) { return "has shape \(shape): images without pixels" }
    return nil
  }
}

/// How bytes become a network's floats: `(byte / 255 - mean) / deviation` in Float32, as for
/// images.
struct PixelLevels: Sendable, Hashable {
  /// One value for every channel, or one for all.
  let mean: [Double]
  let deviation: [Double]

  /// The floats of a batch of bytes, NCHW.
  ///
  /// - Throws: `UsageError` if there are means for another number of channels.
  func normalized(_ bytes: [UInt8], dimensions: [Int], isChannelsLast: Bool) throws -> [Float] {
    let (channels, pixels) = (dimensions[1], dimensions[2] * dimensions[3])
    guard [1, channels].contains(mean.count), [1, channels].contains(deviation.count) else {
      throw UsageError(
        "--mean and --std must have 1 or \(channels) values, one for each of the network's channels"
      )
    }
    let tables = (0..<channels).map { channel in
      let mean = Float(mean[mean.count == 1 ? 0 : channel])
      let deviation = Float(deviation[deviation.count == 1 ? 0 : channel])
      return (0..<256).map { level in (Float(level) / 255 - mean) / deviation }
    }
    var values = [Float](repeating: 0, count: bytes.count)
    for image in 0..<dimensions[0] {
      let start = image * channels * pixels
      for channel in 0..<channels {
        for pixel in 0..<pixels {
          let source = isChannelsLast ? pixel * channels + channel : channel * pixels + pixel
          values[start + channel * pixels + pixel] = tables[channel][Int(bytes[start + source])]
        }
      }
    }
    return values
  }
}
