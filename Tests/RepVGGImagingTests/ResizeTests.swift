import RepVGG
import RepVGGImaging
import Testing

@Suite struct ResizeTests {
  @Test func resizesAsPillowDoesToTheBit() throws {
    let lines = try Goldens.lines("resize")
    #expect(lines.count == 72)
    var sources: [Int: RGBImage] = [:]
    for line in lines {
      let numbers = line.map { Int($0) ?? -1 }
      let image =
        try sources[numbers[0]]
        ?? Goldens.noiseImage(numbers[1], numbers[2], seed: numbers[0])
      sources = [numbers[0]: image]
      let filter = try #require(ResizeFilter(rawValue: line[3]))
      let resized = try image.resized(width: numbers[4], height: numbers[5], filter: filter)
      #expect(Goldens.summary(resized) == Array(line[4...]), "\(line)")
    }
  }

  @Test func aPartOfAResizedImageIsThatPart() throws {
    let image = try Goldens.noiseImage(123, 87, seed: 9)
    for filter in ResizeFilter.allCases {
      for (width, height) in [(50, 40), (200, 300), (123, 40), (60, 87), (123, 87)] {
        let whole = try image.resized(width: width, height: height, filter: filter)
        let (columns, rows) = (width / 3..<width - 5, 2..<height / 2)
        let part = try image.resized(
          width: width, height: height, filter: filter, columns: columns, rows: rows)
        #expect(try part == whole.cropped(columns: columns, rows: rows))
      }
    }
  }

  @Test func anUnchangedSizeIsTheSameImage() throws {
    let image = try Goldens.noiseImage(5, 4, seed: 1)
    #expect(try image.resized(width: 5, height: 4, filter: .bicubic) == image)
  }

  @Test func impossibleSizesAreRefused() throws {
    let image = try Goldens.noiseImage(5, 4, seed: 1)
    for (width, height) in [(0, 1), (1, 0), (-1, 5), (Int.max, 2), (2, Int.min)] {
      let error = failure {
        _ = try image.resized(width: width, height: height, filter: .bilinear)
      }
      #expect(error?.kind == .invalidArgument)
    }
    let error = failure {
      _ = try image.resized(
        width: 9, height: 9, filter: .bilinear, columns: 3..<10, rows: 0..<9)
    }
    #expect(error?.kind == .invalidArgument)
    #expect(failure { _ = try image.cropped(columns: -1..<2, rows: 0..<1) } != nil)
    #expect(failure { _ = try image.cropped(columns: 1..<1, rows: 0..<1) } != nil)
  }

  @Test func aSliverOfAHugeResizeCostsOnlyItself() throws {
    // A row of 2^20 pixels scaled to 2^28 columns: the whole would take half a gigabyte a row.
    let image = try Goldens.noiseImage(1 << 20, 1, seed: 3)
    let part = try image.resized(
      width: 1 << 28, height: 256, filter: .bilinear, columns: (1 << 27)..<((1 << 27) + 8),
      rows: 100..<108)
    #expect(part.width == 8 && part.height == 8)
  }
}
