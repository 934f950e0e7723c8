import RepVGG

/// Reads an image from a NumPy array file: unsigned bytes, in C order.
///
/// Shapes: height and width (grey); height, width and 1, 3 or 4 channels (the fourth is dropped);
/// 1 or 3 channels, height and width. Where both readings fit, channels are last.
struct NPYImageReader {
  /// Reads a file whose signature was recognised.
  static func read(
    _ bytes: UnsafeRawBufferPointer, limits: ImageDecoder.Limits
  ) throws(RepVGGError) -> RGBImage {
    let header = try NPYHeader(bytes)
    guard header.elementType == "|u1" || header.elementType == "u1" else {
      throw RepVGGError(
        .unsupported, "NPY image of type '\(header.elementType)': unsigned bytes (|u1) expected")
    }
    guard !header.isFortranOrder else {
      throw RepVGGError(.unsupported, "NPY image in Fortran order: C order expected")
    }
    let layout = try Layout(shape: header.shape)
    try limits.check(width: layout.width, height: layout.height)
    let pixelCount = layout.width * layout.height
    guard bytes.count - header.dataOffset >= pixelCount * layout.channels else {
      throw RepVGGError(.badData, "truncated NPY: the file ends before the array does")
    }
    let samples = UnsafeRawBufferPointer(rebasing: bytes[header.dataOffset...])
    return try RGBImage(width: layout.width, height: layout.height) { pixels in
      for pixel in 0..<pixelCount {
        for channel in 0..<3 {
          let source = layout.channels == 1 ? 0 : channel
          let index =
            layout.isPlanar ? source * pixelCount + pixel : pixel * layout.channels + source
          pixels[3 * pixel + channel] = samples[index]
        }
      }
    }
  }

  /// Where an array's axes are.
  private struct Layout {
    let height: Int
    let width: Int
    let channels: Int
    let isPlanar: Bool

    init(shape: [Int]) throws(RepVGGError) {
      if shape.count == 2 {
        (height, width, channels, isPlanar) = (shape[0], shape[1], 1, false)
      } else if shape.count == 3, [1, 3, 4].contains(shape[2]) {
        (height, width, channels, isPlanar) = (shape[0], shape[1], shape[2], false)
      } else if shape.count == 3, [1, 3].contains(shape[0]) {
        (height, width, channels, isPlanar) = (shape[1], shape[2], shape[0], true)
      } else {
        throw RepVGGError(
          .unsupported,
          "NPY image of shape \(shape): expected HxW, HxWxC or CxHxW with 1 or 3 channels")
      }
    }
  }
}

/// The header of a NumPy array file, versions 1 to 3.
struct NPYHeader {
  private(set) var elementType = ""
  private(set) var isFortranOrder = false
  private(set) var shape: [Int] = []
  let dataOffset: Int

  /// Reads the Python dictionary of literals that describes the array.
  init(_ bytes: UnsafeRawBufferPointer) throws(RepVGGError) {
    guard bytes.count >= 10 else { throw Self.malformed("it ends in the header") }
    let isVersion1 = bytes[6] == 1
    let lengthBytes = isVersion1 ? 2 : 4
    let start = 8 + lengthBytes
    guard (1...3).contains(bytes[6]), bytes.count >= start else {
      throw Self.malformed("unknown version")
    }
    let length = (0..<lengthBytes).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
    guard length <= 65536, bytes.count - start >= length else {
      throw Self.malformed("impossible header length")
    }
    dataOffset = start + length
    let text = String(decoding: bytes[start..<dataOffset], as: UTF8.self)
    let spaced = text.filter { $0 != " " && $0 != "\n" }
    elementType = try Self.value(of: "descr", in: spaced, from: "'", to: "'")
    isFortranOrder = try Self.value(of: "fortran_order", in: spaced, from: "", to: ",") == "True"
    let sizes = try Self.value(of: "shape", in: spaced, from: "(", to: ")")
    for part in sizes.split(separator: ",") {
      guard shape.count < 8, let size = Int(part), size >= 0 else {
        throw Self.malformed("impossible shape")
      }
      shape.append(size)
    }
  }

  /// The text of a key's value between two marks.
  private static func value(
    of key: String, in text: String, from opening: String, to closing: Character
  ) throws(RepVGGError) -> String {
    let pattern = "'\(key)':" + opening
    guard let start = text.firstRange(of: pattern)?.upperBound,
      let end = text[start...].firstIndex(of: closing)
    else { throw malformed("'\(key)' is missing") }
    return String(text[start..<end])
  }

  private static func malformed(_ reason: String) -> RepVGGError {
    RepVGGError(.badData, "corrupt NPY header: \(reason)")
  }
}
