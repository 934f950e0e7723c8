import Foundation
import RepVGG
import RepVGGImaging
import TestSupport
import Testing

@Suite struct DetectionDrawingTests {
  private func blank(_ width: Int, _ height: Int) throws -> RGBImage {
    try RGBImage(
      width: width, height: height,
      pixels: [UInt8](repeating: 0, count: 3 * width * height))
  }

  private func pixel(_ image: RGBImage, _ x: Int, _ y: Int) -> [UInt8] {
    Array(image.pixels[(3 * (y * image.width + x))...].prefix(3))
  }

  @Test func aWrittenPNGHasTheSamePixels() throws {
    let folder = try TemporaryFolder()
    for (width, height) in [(1, 1), (33, 17), (640, 3)] {
      let image = try Goldens.noiseImage(width, height, seed: width)
      let path = folder.path("\(width).png")
      try image.write(png: path, replacing: false)
      let decoded = try ImageDecoder().decode(contentsOf: path)
      #expect(decoded.image == image)
      #expect(decoded.format == .png)
    }
  }

  @Test func aPNGAppearsCompleteOrNotAtAll() throws {
    let folder = try TemporaryFolder(["taken.png": "text"])
    let image = try Goldens.noiseImage(9, 9, seed: 1)
    let error = failure { try image.write(png: folder.path("taken.png"), replacing: false) }
    #expect(error?.kind == .cannotCreate)
    #expect(try folder.bytes("taken.png") == Data("text".utf8))
    for path in [folder.path("missing/image.png"), folder.path, ""] {
      #expect(failure { try image.write(png: path, replacing: true) }?.kind == .cannotCreate)
    }
    #expect(try folder.contents == ["taken.png"])
    try image.write(png: folder.path("taken.png"), replacing: true)
    #expect(try ImageDecoder().decode(contentsOf: folder.path("taken.png")).image == image)
  }

  @Test func boxesAreOutlinedAndTheRestStays() throws {
    let box = Detection(classIndex: 0, score: 1, x: 10, y: 20, width: 30, height: 25)
    let drawn = try blank(64, 64).drawing([box]) { _ in "" }
    let color = pixel(drawn, 10, 20)
    #expect(color != [0, 0, 0])
    for y in 0..<64 {
      for x in 0..<64 {
        let isInside = (10..<40).contains(x) && (20..<45).contains(y)
        let isEdge = isInside && (x == 10 || x == 39 || y == 20 || y == 44)
        #expect(pixel(drawn, x, y) == (isEdge ? color : [0, 0, 0]), "\(x) \(y)")
      }
    }
    let other = Detection(classIndex: 1, score: 1, x: 10, y: 20, width: 30, height: 25)
    #expect(pixel(try blank(64, 64).drawing([other]) { _ in "" }, 10, 20) != color)
  }

  @Test func labelsAreLegible() throws {
    let box = Detection(classIndex: 0, score: 1, x: 2, y: 20, width: 30, height: 25)
    func rows(_ text: String) throws -> [String] {
      let drawn = try blank(64, 64).drawing([box]) { _ in text }
      // Above the box: seven rows of glyphs in a frame of one pixel.
      return (12..<19).map { y in
        (3..<8).map { x in pixel(drawn, x, y) == [255, 255, 255] ? "#" : "." }.joined()
      }
    }
    let seven = ["#####", "....#", "...#.", "..#..", "..#..", "..#..", "..#.."]
    #expect(try rows("7") == seven)
    #expect(try rows("7 0.93") == seven)
    #expect(try rows("a") == rows("A"))
    #expect(try rows("ß") == rows("S"))
    #expect(try rows("字") == rows("?"))
    #expect(try rows("x") != rows("y"))
  }

  @Test func boxesAndLabelsThatDoNotFitAreCut() throws {
    let values = [-1e300, -5, 0, 3, 1e300, .infinity, -.infinity, .nan]
    let text = String(repeating: "W", count: 1000)
    for start in values {
      for length in values {
        let box = Detection(
          classIndex: .min, score: .nan, x: start, y: start, width: length, height: length)
        let drawn = try blank(7, 5).drawing([box]) { _ in text }
        #expect(drawn.width == 7 && drawn.height == 5)
      }
    }
  }
}
