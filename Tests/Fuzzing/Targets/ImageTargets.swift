import RepVGG
import RepVGGImaging

/// Images; pixels beyond a million are refused, so that a run stays short.
let imageTargets: [FuzzTarget] = [
  FuzzTarget(
    name: "images", structure: FlatStructure(), budget: imageBudget,
    fixtures: [
      FixtureFiles("imaging/files", ".jpg", ".png", ".webp", maximumByteCount: 1 << 13),
      FixtureFiles("cases/hostile", ".webp"),
    ], body: decode),
  FuzzTarget(
    name: "portable-maps", structure: LineStructure(), budget: imageBudget,
    fixtures: [FixtureFiles("imaging/files", ".ppm", ".pgm", maximumByteCount: 1 << 13)],
    body: decode),
  // Arrays of bytes as images.
  FuzzTarget(
    name: "image-arrays", structure: LineStructure(), budget: imageBudget,
    fixtures: [
      FixtureFiles("cases/14-npy-inputs", "u8.npy", "rgba.npy", maximumByteCount: 1 << 16)
    ],
    builtIn: { ["2, 3", "4, 2, 3", "3, 2, 2", "1, 1, 4"].map(imageArray) }, body: decode),
  // The input is what a camera wrote, in a picture of one pixel.
  FuzzTarget(
    name: "exif", structure: FlatStructure(), budget: imageBudget,
    builtIn: { ExifSeeds.blocks },
    body: { input in
      for picture in ExifSeeds.pictures(around: input) { try decode(picture) }
    }),
  // The input is the layout, the numbers of an anchor, the size of the image, and a detector's output.
  FuzzTarget(
    name: "detections", structure: FlatStructure(), budget: imageBudget,
    builtIn: {
      DetectionLayout.allCases.indices.map { layout in
        [UInt8(layout), 8, 40, 30]
          + (0..<21).flatMap { anchor in
            [Float(anchor), 8, 9, 5, 1, 0.9, 0.2, 0.1].flatMap { value in
              withUnsafeBytes(of: value) { Array($0) }
            }
          }
      }
    }, body: detect),
]

@Sendable private func detect(_ input: [UInt8]) throws {
  guard input.count >= 4 else { return }
  let layout = DetectionLayout.allCases[Int(input[0]) % DetectionLayout.allCases.count]
  let values = input.dropFirst(4).withUnsafeBytes { bytes in
    (0..<min(1 << 14, bytes.count / 4)).map {
      bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)
    }
  }
  let numbers = max(1, Int(input[1]))
  let (anchors, used) = (values.count / numbers, values.count / numbers * numbers)
  let shape = layout == .yolov8 ? [1, numbers, anchors] : [1, anchors, numbers]
  let preset = try LetterboxPreset(width: 32, height: 32)
  let image = try RGBImage(
    width: 1 + Int(input[2]), height: 1 + Int(input[3]),
    pixels: [UInt8](repeating: 0, count: 3 * (1 + Int(input[2])) * (1 + Int(input[3]))))
  let geometry = LetterboxPreprocessor(preset: preset).geometry(of: image)
  let boxes = try values[..<used].withUnsafeBufferPointer {
    try DetectionDecoder(
      layout: layout, suppression: NonMaximumSuppression(maximumCount: 20)
    ).detections(in: $0, shape: shape, image: 0, geometry: geometry)
  }
  for box in boxes {
    precondition(box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0)
    precondition(box.x + box.width <= Double(image.width) + 1e-6)
    precondition(box.y + box.height <= Double(image.height) + 1e-6)
  }
  _ = try image.drawing(boxes) { "\($0.classIndex) \($0.score)" }
}

/// An array of bytes with a shape, and as many zeros as any of the shapes above needs.
private func imageArray(_ shape: String) -> [UInt8] {
  let text = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(shape)), }\n"
  return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
    + [UInt8](repeating: 0, count: 24)
}

/// A million pixels in every buffer that a codec keeps, whatever the file's size.
private let imageBudget = FuzzBudget(seconds: 1, bytes: 64 << 20)

@Sendable private func decode(_ input: [UInt8]) throws {
  var limits = ImageDecoder.Limits()
  limits.maximumPixelCount = 1 << 20
  let file = MemoryFile(input)
  let decoded = try ImageDecoder(limits: limits, appliesOrientation: true)
    .decode(contentsOf: file.path)
  precondition(decoded.image.width * decoded.image.height <= 1 << 20)
}

/// Blocks of EXIF, and pictures that hold them.
enum ExifSeeds {
  static var blocks: [[UInt8]] {
    let entry: [UInt8] = [0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]
    let little = [0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 1, 0] + entry + [0, 0, 0, 0]
    let big: [UInt8] = [
      0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0,
    ]
    return [little, big, Array("Exif".utf8) + [0, 0] + little]
  }

  /// A PNG, and a JPEG where the block is small enough for a segment; the latter has no image.
  static func pictures(around block: [UInt8]) -> [[UInt8]] {
    let header: [UInt8] = [0, 0, 0, 2, 0, 0, 0, 1, 8, 0, 0, 0, 0]
    // Two grey pixels in one stored block of zlib.
    let data: [UInt8] = [0x78, 1, 1, 3, 0, 0xfc, 0xff, 0, 10, 20, 0, 0x4c, 0, 0x1f]
    var png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    for (name, content) in [("IHDR", header), ("eXIf", block), ("IDAT", data), ("IEND", [])] {
      let named = Array(name.utf8) + content
      png += Pickle.littleEndian(UInt32(content.count)).reversed() + named
      png += Pickle.littleEndian(checksum(named)).reversed()
    }
    guard block.count < 60_000 else { return [png] }
    let length = block.count + 8
    let segment: [UInt8] =
      [0xff, 0xd8, 0xff, 0xe1, UInt8(length >> 8), UInt8(length & 255)] + Array("Exif".utf8)
      + [0, 0] + block
    return [png, segment + oneGreyPixel.dropFirst(2)]
  }

  /// The CRC of PNG's chunks.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { crc, byte in table[Int((crc ^ UInt32(byte)) & 255)] ^ crc >> 8 }
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1
    }
  }

  private static let oneGreyPixel: [UInt8] =
    (try? [UInt8](contentsOf: "Tests/Fixtures/imaging/files/grey-1x1.jpg")) ?? [0xff, 0xd8]
}
