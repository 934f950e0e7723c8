import RepVGG
import RepVGGImaging
import Testing

@Suite struct LetterboxTests {
  /// What YOLOv6's `letterbox` gives: image, input, resized size, left and top, size of the result.
  private struct Case: Sendable {
    var image: (Int, Int)
    var input: (Int, Int)
    var padding = LetterboxPreset.Padding.full
    var resized: (Int, Int)
    var start: (Int, Int)
    var result: (Int, Int)
  }

  private static let cases = [
    Case(
      image: (640, 480), input: (640, 640), resized: (640, 480), start: (0, 80), result: (640, 640)),
    Case(
      image: (480, 640), input: (640, 640), resized: (480, 640), start: (80, 0), result: (640, 640)),
    // 1333 * 640 / 2000 = 426.56, 106.5 - 0.1 rounds to 106.
    Case(
      image: (2000, 1333), input: (640, 640), resized: (640, 427), start: (0, 106),
      result: (640, 640)),
    Case(image: (97, 61), input: (96, 96), resized: (96, 60), start: (0, 18), result: (96, 96)),
    // 5 * 96 / 320 = 1.5 and 15 * 96 / 576 = 2.5 are both 2: halves go to even.
    Case(image: (320, 5), input: (96, 96), resized: (96, 2), start: (0, 47), result: (96, 96)),
    Case(image: (576, 15), input: (96, 96), resized: (96, 2), start: (0, 47), result: (96, 96)),
    Case(
      image: (640, 480), input: (320, 640), resized: (320, 240), start: (0, 200), result: (320, 640)
    ),
    Case(
      image: (640, 400), input: (640, 640), padding: .stride, resized: (640, 400), start: (0, 8),
      result: (640, 416)),
    Case(
      image: (2000, 1333), input: (640, 640), padding: .stride, resized: (640, 427), start: (0, 10),
      result: (640, 448)),
    Case(
      image: (640, 640), input: (640, 640), padding: .stride, resized: (640, 640), start: (0, 0),
      result: (640, 640)),
    // A side that rounds to nothing keeps a pixel.
    Case(
      image: (1_000_000, 1), input: (64, 64), resized: (64, 1), start: (0, 31), result: (64, 64)),
  ]

  @Test(arguments: cases.indices)
  func sizesAreThoseOfTheAuthors(index: Int) throws {
    let expected = Self.cases[index]
    let preset = try LetterboxPreset(
      width: expected.input.0, height: expected.input.1, padding: expected.padding)
    let geometry = LetterboxGeometry(
      imageWidth: expected.image.0, imageHeight: expected.image.1, preset: preset)
    #expect((geometry.resizedWidth, geometry.resizedHeight) == expected.resized)
    #expect((geometry.left, geometry.top) == expected.start)
    #expect((geometry.width, geometry.height) == expected.result)
    #expect(geometry.elementCount == 3 * expected.result.0 * expected.result.1)
  }

  @Test func smallImagesStaySmallWhereTheyAreNotEnlarged() throws {
    let preset = try LetterboxPreset(width: 64, height: 64, enlarges: false)
    let geometry = LetterboxGeometry(imageWidth: 20, imageHeight: 10, preset: preset)
    #expect(geometry.scale == 1)
    #expect((geometry.resizedWidth, geometry.resizedHeight) == (20, 10))
    #expect((geometry.left, geometry.top) == (22, 27))
  }

  /// The level of a bilinear resize without antialiasing, in Double.
  private static func level(
    _ image: RGBImage, _ pixels: [UInt8], _ x: Int, _ y: Int, _ channel: Int,
    width: Int, height: Int
  ) -> Double {
    func taps(_ index: Int, _ size: Int, _ length: Int) -> (Int, Int, Double) {
      let position = (Double(index) + 0.5) * Double(length) / Double(size) - 0.5
      let first = Int(position.rounded(.down))
      return (
        max(0, first), min(length - 1, first + 1), position - position.rounded(.down)
      )
    }
    let (left, right, across) = taps(x, width, image.width)
    let (top, bottom, down) = taps(y, height, image.height)
    func value(_ column: Int, _ row: Int) -> Double {
      Double(pixels[3 * (row * image.width + column) + channel])
    }
    let upper = value(left, top) * (1 - across) + value(right, top) * across
    let lower = value(left, bottom) * (1 - across) + value(right, bottom) * across
    return upper * (1 - down) + lower * down
  }

  @Test(arguments: [(50, 31), (31, 50), (200, 77), (48, 48), (7, 90)])
  func pixelsAreBilinearWithoutAntialiasingWithinALevel(width: Int, height: Int) throws {
    let image = try Goldens.noiseImage(width, height, seed: width)
    let pixels = image.pixels
    let preset = try LetterboxPreset(width: 48, height: 48, standardDeviation: .one / 255)
    let preprocessor = LetterboxPreprocessor(preset: preset)
    let geometry = preprocessor.geometry(of: image)
    var values = [Float](repeating: -1, count: preprocessor.elementCount)
    let result = try values.withUnsafeMutableBufferPointer {
      try preprocessor.preprocess(image, into: $0)
    }
    #expect(result == geometry)
    for channel in 0..<3 {
      for y in 0..<48 {
        for x in 0..<48 {
          let value = Double(values[(channel * 48 + y) * 48 + x])
          let (column, row) = (x - geometry.left, y - geometry.top)
          guard (0..<geometry.resizedWidth).contains(column),
            (0..<geometry.resizedHeight).contains(row)
          else {
            #expect(abs(value - 114) < 1e-4)
            continue
          }
          let expected = Self.level(
            image, pixels, column, row, channel, width: geometry.resizedWidth,
            height: geometry.resizedHeight)
          #expect(abs(value - expected) <= 1.001)
        }
      }
    }
  }

  @Test func channelsAreNormalisedAndOrderedAsAsked() throws {
    let image = try RGBImage(width: 2, height: 1, pixels: [255, 51, 0, 255, 51, 0])
    let mean = SIMD3(0.5, 0.25, 0)
    let deviation = SIMD3(0.5, 0.2, 0.1)
    for order in LetterboxPreset.ChannelOrder.allCases {
      let preset = try LetterboxPreset(
        width: 2, height: 2, placement: .topLeft, fill: 51, channelOrder: order, mean: mean,
        standardDeviation: deviation)
      var values = [Float](repeating: 0, count: 12)
      try values.withUnsafeMutableBufferPointer {
        _ = try LetterboxPreprocessor(preset: preset).preprocess(image, into: $0)
      }
      // Of each plane the image's row, and the row of padding.
      let planes: [(Float, Float)] = [(1, -0.6), (-0.25, -0.25), (0, 2)]
      let expected = (order == .rgb ? planes : planes.reversed()).flatMap {
        [$0.0, $0.0, $0.1, $0.1]
      }
      for (value, target) in zip(values, expected) { #expect(abs(value - target) < 1e-6) }
    }
  }

  @Test func boxesReturnToTheImageAndAreCutAtItsEdges() throws {
    let preset = try LetterboxPreset(width: 96, height: 96)
    let geometry = LetterboxGeometry(imageWidth: 384, imageHeight: 192, preset: preset)
    #expect((geometry.scale, geometry.left, geometry.top) == (0.25, 0, 24))
    func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> Detection {
      Detection(classIndex: 3, score: 0.5, x: x, y: y, width: width, height: height)
    }
    #expect(geometry.onImage(box(10, 34, 20, 8)) == box(40, 40, 80, 32))
    #expect(geometry.onImage(box(-5, 20, 10, 10)) == box(0, 0, 20, 24))
    #expect(geometry.onImage(box(90, 66, 100, 100)) == box(360, 168, 24, 24))
    #expect(geometry.onImage(box(10, 0, 20, 24)) == nil)
    #expect(geometry.onImage(box(.nan, 30, 20, 24)) == nil)
    #expect(geometry.onImage(box(10, 30, -5, 24)) == nil)
  }

  @Test func impossiblePresetsAreRefused() {
    for (width, height) in [(0, 64), (64, -1), (LetterboxPreset.maximumSide + 1, 64), (.max, .min)]
    {
      let error = failure { _ = try LetterboxPreset(width: width, height: height) }
      #expect(error?.kind == .invalidArgument)
    }
    #expect(
      failure { _ = try LetterboxPreset(width: 64, height: 64, stride: 0) }?.kind
        == .invalidArgument)
    #expect(
      failure { _ = try LetterboxPreset(width: 64, height: 50, padding: .stride) }?.kind
        == .invalidArgument)
    #expect(
      failure { _ = try LetterboxPreset(width: 64, height: 64, mean: SIMD3(0, .nan, 0)) }?.kind
        == .invalidArgument)
    #expect(
      failure { _ = try LetterboxPreset(width: 64, height: 64, standardDeviation: .zero) }?.kind
        == .invalidArgument)
  }

  @Test func outputThatIsTooSmallIsRefused() throws {
    let preprocessor = LetterboxPreprocessor(preset: try LetterboxPreset(width: 8, height: 8))
    var values = [Float](repeating: 0, count: preprocessor.elementCount - 1)
    let image = try Goldens.noiseImage(9, 9, seed: 1)
    values.withUnsafeMutableBufferPointer { output in
      let error = failure { try preprocessor.preprocess(image, into: output) }
      #expect(error?.kind == .invalidArgument)
    }
  }
}
