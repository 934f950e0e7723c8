import RepVGG

/// Reads portable grey and colour maps, plain (P2, P3) and raw (P5, P6), to Pillow's levels.
///
/// A sample v becomes round(v / maxval * 255), halves to even. Grey with a maxval above 255 is
/// first scaled to 65535 and then clipped to 255, which is what Pillow's `convert("RGB")` does.
struct NetpbmReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 2

  private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Reads a file whose signature was recognised.
  static func read(
    _ bytes: UnsafeRawBufferPointer, limits: ImageDecoder.Limits
  ) throws(RepVGGError) -> RGBImage {
    var reader = NetpbmReader(bytes)
    return try reader.read(limits: limits)
  }

  private mutating func read(limits: ImageDecoder.Limits) throws(RepVGGError) -> RGBImage {
    let kind = bytes[1]
    let isPlain = kind == UInt8(ascii: "2") || kind == UInt8(ascii: "3")
    let channels = kind == UInt8(ascii: "2") || kind == UInt8(ascii: "5") ? 1 : 3
    position += 1
    let width = try headerNumber("width")
    let height = try headerNumber("height")
    let maximum = try headerNumber("maxval")
    try limits.check(width: width, height: height)
    guard (1...65535).contains(maximum) else {
      throw RepVGGError(.badData, "PPM maxval \(maximum) is not between 1 and 65535")
    }
    let sampleCount = width * height * channels
    let sampleBytes = maximum < 256 ? 1 : 2
    // A plain sample takes at least a digit and, except for the last one, a separator.
    let leastBytes = isPlain ? 2 * sampleCount - 1 : sampleBytes * sampleCount
    guard bytes.count - position >= leastBytes else { throw truncated }
    let levels = Self.levels(maximum: maximum, isGrey: channels == 1)
    return try RGBImage(width: width, height: height) { (pixels) throws(RepVGGError) in
      var target = 0
      for _ in 0..<sampleCount {
        let sample = try isPlain ? plainSample(maximum: maximum) : rawSample(sampleBytes)
        for _ in 0..<(channels == 1 ? 3 : 1) {
          pixels[target] = levels[sample]
          target += 1
        }
      }
    }
  }

  /// The level of every possible sample of a file.
  private static func levels(maximum: Int, isGrey: Bool) -> [UInt8] {
    let outputMaximum = isGrey && maximum > 255 ? 65535.0 : 255.0
    return (0..<(maximum < 256 ? 256 : 65536)).map { sample in
      let scaled = Double(sample) / Double(maximum) * outputMaximum
      return UInt8(min(255, scaled.rounded(.toNearestOrEven)))
    }
  }

  private mutating func rawSample(_ byteCount: Int) -> Int {
    defer { position += byteCount }
    let high = Int(bytes[position])
    return byteCount == 1 ? high : high << 8 | Int(bytes[position + 1])
  }

  private mutating func plainSample(maximum: Int) throws(RepVGGError) -> Int {
    guard let sample = try number("sample") else { throw truncated }
    guard sample <= maximum else {
      throw RepVGGError(.badData, "PPM sample \(sample) exceeds the maxval of \(maximum)")
    }
    return sample
  }

  private mutating func headerNumber(_ name: String) throws(RepVGGError) -> Int {
    guard let value = try number(name) else { throw truncated }
    return value
  }

  /// The next decimal number, consuming the one byte of white space after it; nil at the end.
  ///
  /// A comment is removed together with its line end, even in the middle of a number.
  private mutating func number(_ name: String) throws(RepVGGError) -> Int? {
    var value = 0
    var digits = 0
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits += 1
        guard digits <= 10 else { throw RepVGGError(.badData, "PPM \(name) has too many digits") }
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "#"):
        while position < bytes.count {
          position += 1
          if bytes[position - 1] == 0x0a || bytes[position - 1] == 0x0d { break }
        }
      case _ where isNetpbmSpace(byte):
        if digits > 0 { return value }
      default:
        throw RepVGGError(.badData, "PPM \(name) is not a decimal number")
      }
    }
    return digits > 0 ? value : nil
  }

  private var truncated: RepVGGError {
    RepVGGError(.badData, "truncated PPM: the file ends before the image does")
  }
}
