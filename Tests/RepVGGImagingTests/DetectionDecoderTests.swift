import RepVGG
import RepVGGImaging
import Testing

@Suite struct DetectionDecoderTests {
  /// Four anchors of three classes: centre, size, objectness, scores.
  private static let rows: [[Float]] = [
    [10, 20, 8, 4, 1, 0.1, 0.7, 0.2],
    [30, 30, 10, 10, 0.5, 0.9, 0.9, 0.1],
    [50, 10, 10, 10, 0.2, 1, 1, 1],
    [70, 40, 20, 20, 1, 0.2, 0.1, 0.24],
  ]

  private func decode(
    _ values: [Float], _ shape: [Int], _ layout: DetectionLayout, image: Int = 0,
    width: Int = 96, height: Int = 96
  ) throws -> [Detection] {
    try values.withUnsafeBufferPointer {
      try DetectionDecoder(layout: layout).candidates(
        in: $0, shape: shape, image: image, width: width, height: height)
    }
  }

  private static func box(
    _ index: Int, _ score: Float, _ x: Double, _ y: Double, _ width: Double, _ height: Double
  ) -> Detection {
    Detection(classIndex: index, score: score, x: x, y: y, width: width, height: height)
  }

  @Test func anAnchorGivesABoxOfItsLikeliestClass() throws {
    let found = try decode(Self.rows.flatMap(\.self), [1, 4, 8], .yolov6)
    // Of equal scores the lower class; an objectness below the threshold is no box.
    #expect(found == [Self.box(1, 0.7, 6, 18, 8, 4), Self.box(0, 0.45, 25, 25, 10, 10)])
  }

  @Test func transposedOutputWithoutObjectnessHasTheSameBoxes() throws {
    let rows = Self.rows.map { row in row[..<4] + row[5...].map { $0 * row[4] } }
    let columns = (0..<7).flatMap { number in rows.map { $0[number] } }
    let found = try decode(columns, [1, 7, 4], .yolov8)
    #expect(found == [Self.box(1, 0.7, 6, 18, 8, 4), Self.box(0, 0.45, 25, 25, 10, 10)])
  }

  @Test func boxesRelativeToCellsAreDecoded() throws {
    // 64x32: grids of 8x4, 4x2 and 2x1 cells.
    var values = [Float](repeating: 0, count: 42 * 6)
    func set(_ cell: Int, _ row: [Float]) {
      for (i, v) in row.enumerated() { values[6 * cell + i] = v }
    }
    set(8 + 3, [0.5, 0.25, 0, 1, 1, 0.9])
    set(32 + 4 + 1, [0, 0.5, 0, 0, 1, 0.8])
    set(40 + 1, [0.5, 0.5, 0, 0, 1, 0.7])
    let found = try decode(values, [1, 42, 6], .yolox, width: 64, height: 32)
    let height = 8 * 2.718281828459045
    #expect(found.count == 3)
    #expect(abs(found[0].x - 24) < 1e-9 && abs(found[0].width - 8) < 1e-9)
    #expect(abs(found[0].y - (10 - height / 2)) < 1e-9 && abs(found[0].height - height) < 1e-9)
    #expect(found[1] == Self.box(0, 0.8, 8, 16, 16, 16))
    #expect(found[2] == Self.box(0, 0.7, 32, 0, 32, 32))
    #expect(
      failure { _ = try decode(values, [1, 42, 6], .yolox, width: 64, height: 64) }?.kind
        == .badData)
  }

  @Test func imagesOfABatchAreApart() throws {
    let other: [Float] = [1, 2, 3, 4, 1, 0.5, 0.3, 0.1]
    let values = Self.rows.flatMap(\.self) + other + Self.rows[1...].flatMap(\.self)
    let found = try decode(values, [2, 4, 8], .yolov6, image: 1)
    #expect(found == [Self.box(0, 0.5, -0.5, 0, 3, 4), Self.box(0, 0.45, 25, 25, 10, 10)])
  }

  @Test func numbersThatAreNotFiniteGiveNoBoxes() throws {
    for bad in [Float.nan, .infinity, -.infinity] {
      for place in 0..<8 {
        var row = Self.rows[0]
        row[place] = bad
        let found = try decode(row, [1, 1, 8], .yolov6)
        // Another class's score that is not a number does not matter.
        #expect(found.count == (place == 5 || place == 7 ? (bad == .infinity ? 0 : 1) : 0))
        #expect(found.allSatisfy { $0.score == 0.7 })
      }
    }
    let huge = try decode(
      [.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude, 1, 1, 1], [1, 1, 6], .yolov6)
    #expect(NonMaximumSuppression().kept(of: huge + huge) == [0])
    let wide = try decode([0, 0, 1000, 1, 1, 1], [1, 1, 6], .yolov6)
    #expect(wide.count == 1)
  }

  @Test func shapesThatDoNotFitAreRefused() throws {
    let values = [Float](repeating: 1, count: 32)
    for shape in [
      [4, 8], [1, 4, 8, 1], [1, 8, 5], [1, 4, 9], [2, 4, 8], [1, .max, 8], [1, -4, 8], [0, 4, 8],
      [], [.max, .max, .max],
    ] {
      #expect(
        failure { _ = try decode(values, shape, .yolov6) }?.kind == .badData, "\(shape)")
    }
    for image in [-1, 1, .max, .min] {
      #expect(
        failure { _ = try decode(values, [1, 4, 8], .yolov6, image: image) }?.kind == .badData)
    }
    #expect(try decode([], [1, 0, 8], .yolov6).isEmpty)
    #expect(
      failure { _ = try decode(values, [1, 4, 8], .yolox, width: .max, height: .max) }?.kind
        == .badData)
  }

  @Test func theLayoutIsRecognisedByShapeAndClasses() throws {
    func find(
      _ shapes: [[Int]], named name: String? = nil, _ layout: DetectionLayout? = nil,
      classes: Int? = nil
    ) throws -> (Int, DetectionLayout) {
      try DetectionLayout.find(
        among: shapes.enumerated().map { ("out\($0)", $1) }, named: name, layout: layout,
        classCount: classes)
    }
    #expect(try find([[1, 8400, 85]]) == (0, .yolov6))
    #expect(try find([[1, 84, 8400]]) == (0, .yolov8))
    #expect(try find([[1, 3, 80, 80, 85], [1, 25200, 85]]) == (1, .yolov6))
    #expect(try find([[1, 8400, 85]], .yolox) == (0, .yolox))
    // Few anchors and many classes: the number of classes decides.
    #expect(try find([[1, 21, 85]], classes: 80) == (0, .yolov6))
    #expect(try find([[1, 21, 85]]) == (0, .yolov8))
    #expect(try find([[1, 116, 8400], [1, 32, 160, 160]]) == (0, .yolov8))
    #expect(try find([[1, 84, 100], [1, 100, 85]], named: "out1") == (1, .yolov6))
    for bad in [[[1, 85]], [[1, 90, 90]], [[1, 3, 2]], [[1, 100, 85], [1, 84, 100]], []] {
      #expect(failure { _ = try find(bad) } != nil, "\(bad)")
    }
    #expect(failure { _ = try find([[1, 8400, 85]], classes: 79) }?.kind == .badData)
    let unnamed = failure { _ = try find([[1, 8400, 85]], named: "boxes") }
    #expect(unnamed?.kind == .invalidArgument)
    #expect(unnamed?.reason.contains("'out0' [1, 8400, 85]") == true)
  }
}
