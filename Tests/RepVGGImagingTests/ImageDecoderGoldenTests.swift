import RepVGG
import RepVGGImaging
import TestSupport
import Testing

/// Every committed file decodes to the bytes that Pillow's `convert("RGB")` gives.
@Suite struct ImageDecoderGoldenTests {
  @Test func decodesEveryFileAsPillowDoes() throws {
    let lines = try Goldens.lines("decode")
    #expect(lines.count > 170)
    for line in lines {
      let decoded = try ImageDecoder().decode(contentsOf: Goldens.path(line[0]))
      #expect(Goldens.summary(decoded.image) == Array(line[1...]), "\(line[0])")
      #expect(decoded.warning == nil, "\(line[0])")
    }
  }

  @Test func appliesTheExifOrientationWhenAsked() throws {
    let lines = try Goldens.lines("orient")
    #expect(lines.count == 24)
    let decoder = ImageDecoder(appliesOrientation: true)
    for line in lines {
      let decoded = try decoder.decode(contentsOf: Goldens.path(line[0]))
      #expect(Goldens.summary(decoded.image) == Array(line[1...]), "\(line[0])")
    }
  }

  @Test func tellsTheFormatByContent() throws {
    let folder = try TemporaryFolder()
    for (name, format) in [
      ("rgb8-7x5p.png", ImageFormat.png), ("grey-8x8.jpg", .jpeg), ("lossy-17x33.webp", .webp),
      ("rgb.ppm", .netpbm),
    ] {
      let path = try folder.file("\(format.rawValue).txt", try Goldens.bytes(name))
      #expect(try ImageDecoder().decode(contentsOf: path).format == format)
    }
  }

  /// Where Pillow gives up on truncated files, and what it shows of those that it accepts.
  @Test func toleratesTruncationAsPillowDoes() throws {
    let lines = try Goldens.lines("truncate")
    #expect(lines.count > 250)
    for line in lines {
      let count = try #require(Int(line[1]))
      let bytes = Array(try Goldens.bytes(line[0]).prefix(count))
      #expect(Goldens.outcome(bytes) == Array(line[2...]), "\(line[0]) of \(count) bytes")
    }
  }

  /// Damaged JPEG data: the same pixels, or an error where Pillow has one.
  @Test func toleratesDamagedJPEGDataAsPillowDoes() throws {
    let lines = try Goldens.lines("damage")
    #expect(lines.count == 240)
    for line in lines {
      var bytes = try Goldens.bytes(line[0])
      let position = try #require(Int(line[1]))
      bytes[position] = try #require(UInt8(line[2]))
      #expect(Goldens.outcome(bytes) == Array(line[3...]), "\(line[0]) byte \(position)")
    }
  }

  @Test func tellsOfDamageThatItGotOver() throws {
    let lines = try Goldens.lines("damage").filter { $0[3] != "error" }
    let warnings = try lines.map { line in
      var bytes = try Goldens.bytes(line[0])
      bytes[try #require(Int(line[1]))] = try #require(UInt8(line[2]))
      return try ImageDecoder().decode(bytes).warning
    }
    #expect(warnings.contains { $0?.contains("Corrupt JPEG data") ?? false })
  }

  @Test func paletteIndicesBeyondThePaletteAreBlack() throws {
    // An 8-bit palette PNG whose palette is cut to its first entry.
    var bytes = try Goldens.bytes("palette8-1x1p.png")
    let whole = try ImageDecoder().decode(bytes).image
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: "PLTE".utf8) })
    let paletteEnd = start + 4 + 3 * 256
    let chunk = Array(bytes[start..<(start + 7)])
    let sum = chunk.withUnsafeBytes { Goldens.crc32($0) }
    let sumBytes = (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) }
    bytes.replaceSubrange((start - 4)..<(paletteEnd + 4), with: [0, 0, 0, 3] + chunk + sumBytes)
    let cut = try ImageDecoder().decode(bytes).image
    #expect(whole.pixels != [0, 0, 0])
    #expect(cut.pixels == [0, 0, 0])
  }
}
