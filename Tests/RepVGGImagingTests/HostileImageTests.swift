import Foundation
import RepVGG
import RepVGGImaging
import TestSupport
import Testing

/// Files that lie, end early or are damaged: an error or an image, never a crash.
@Suite struct HostileImageTests {
  private static let seeds = [
    "rgb8-33x17p.png", "palette4-7x5i.png", "grey16-33x17i.png", "rgba16-7x5p.png",
    "animated-20x10.png", "rgb420-157x101.jpg", "progressive-64x48.jpg", "cmyk-17x33.jpg",
    "exif6.jpg", "lossy-alpha-64x48.webp", "lossless-64x48.webp", "animated-40x30.webp",
    "rgb.ppm", "rgb-plain.ppm", "grey-max65535.pgm", "grey-plain-max1000.pgm",
  ]

  /// Bounds of memory and time for damaged headers.
  private static let decoder: ImageDecoder = {
    var limits = ImageDecoder.Limits()
    limits.maximumPixelCount = 1 << 20
    return ImageDecoder(limits: limits, appliesOrientation: true)
  }()

  /// Decodes, and looks at every byte of what comes out.
  private func check(_ bytes: [UInt8]) -> RepVGGError? {
    do {
      let image = try Self.decoder.decode(bytes, name: "hostile").image
      let count = image.withUnsafePixels { $0.reduce(into: 0) { $0 += $1 == 0 ? 0 : 1 } }
      #expect(count <= image.pixelCount * 3)
      return nil
    } catch {
      #expect(error.file == "hostile")
      #expect(!error.reason.isEmpty)
      #expect([.badData, .unsupported, .outOfMemory].contains(error.kind), "\(error)")
      return error
    }
  }

  @Test(arguments: seeds) func mutations(of name: String) throws {
    let whole = try Goldens.bytes(name)
    #expect(check(whole) == nil)
    var generator = SeededGenerator(seed: UInt64(whole.count))
    for round in 0..<150 {
      var bytes = whole
      for _ in 0...generator.below(4) {
        let position = generator.below(round % 2 == 0 ? min(bytes.count, 128) : bytes.count)
        switch generator.below(5) {
        case 0: bytes[position] = UInt8(generator.below(256))
        case 1: bytes[position] ^= UInt8(1 << generator.below(8))
        case 2: bytes.remove(at: position)
        case 3: bytes.insert(UInt8(generator.below(256)), at: position)
        default: bytes[position] = [0, 0xff, 0x7f, 0x80][generator.below(4)]
        }
      }
      _ = check(bytes)
    }
    for count in stride(from: 0, to: whole.count, by: max(1, whole.count / 40)) {
      _ = check(Array(whole[..<count]))
    }
  }

  /// A canvas of 178 million pixels in 90 bytes, with a frame of 8x8 in its corner.
  @Test func aSmallFileThatClaimsAHugeImageIsRefused() throws {
    let bytes = try Goldens.bytes("../../cases/hostile/animcanvas.webp")
    #expect(bytes.count == 90)
    let error = failure { _ = try ImageDecoder().decode(bytes, name: "canvas") }
    #expect(error?.kind == .badData)
    #expect(error?.reason.contains("90 bytes cannot hold the 16383x10900 pixels") == true)
    // As large as no plausibility is asked for, the frame is where it belongs.
    var small = bytes
    small[24...29] = [0x1f, 0, 0, 0x0f, 0, 0]
    let image = try ImageDecoder().decode(small, name: "canvas").image
    #expect((image.width, image.height) == (32, 16))
    #expect(image.pixels[(8 * 32 + 8) * 3..<(9 * 32) * 3].allSatisfy { $0 == 0 })
    // A PNG header of 1-bit grey with nothing behind it.
    let ihdr: [UInt8] =
      Array("IHDR".utf8) + [0, 0, 0x30, 0, 0, 0, 0x30, 0, 1, 0, 0, 0, 0]
    let png: [UInt8] =
      [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13] + ihdr
      + [0x93, 0xf9, 0xaf, 0xf1] + [0, 0, 0, 0] + Array("IDAT".utf8)
    let empty = failure { _ = try ImageDecoder().decode(png, name: "png") }
    #expect(empty?.reason.contains("cannot hold the 12288x12288 pixels") == true)
  }

  @Test func mutationsOfArrays() throws {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 3), }\n"
    let whole = npy(header, data: Array(0..<18))
    #expect(try ImageDecoder().decode(whole).image.pixels == Array(0..<18))
    for position in whole.indices {
      for value: UInt8 in [0, 0x20, 0x27, 0x29, 0x39, 0x7f, 0xff] {
        var bytes = whole
        bytes[position] = value
        _ = check(bytes)
      }
      _ = check(Array(whole[..<position]))
    }
  }

  private func npy(_ header: String, data: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let count = header.utf8.count
    let length = [UInt8(count & 255), UInt8(count >> 8)] + (version == 1 ? [] : [0, 0])
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(header.utf8) + data
  }

  @Test func readsArraysOfEveryShape() throws {
    func pixels(_ shape: String, _ data: [UInt8], version: UInt8 = 1) throws -> [UInt8] {
      let header = "{'descr': '|u1', 'fortran_order': False, 'shape': \(shape), }          \n"
      return try ImageDecoder().decode(npy(header, data: data, version: version)).image.pixels
    }
    #expect(try pixels("(1, 2)", [7, 8]) == [7, 7, 7, 8, 8, 8])
    #expect(try pixels("(1, 2, 1)", [7, 8]) == [7, 7, 7, 8, 8, 8])
    #expect(try pixels("(1, 2, 3)", [1, 2, 3, 4, 5, 6], version: 2) == [1, 2, 3, 4, 5, 6])
    #expect(try pixels("(1, 2, 4)", [1, 2, 3, 0, 4, 5, 6, 9]) == [1, 2, 3, 4, 5, 6])
    #expect(try pixels("(3, 1, 2)", [1, 2, 3, 4, 5, 6], version: 3) == [1, 3, 5, 2, 4, 6])
    for shape in [
      "()", "(3,)", "(2, 2, 2)", "(0, 3, 3)", "(1, 2, 3, 4)", "(-1, 3)", "(9999999999999999999,3)",
    ] {
      #expect(failure { _ = try pixels(shape, [0, 0, 0]) } != nil, "\(shape)")
    }
    #expect(failure { _ = try pixels("(1, 2, 3)", [1, 2, 3, 4, 5]) }?.kind == .badData)
    let claims = "(4294967296, 4294967296, 3)"
    #expect(failure { _ = try pixels(claims, [1]) }?.kind == .badData)
    let floats = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 3), }\n"
    let error = failure { _ = try ImageDecoder().decode(npy(floats, data: [])) }
    #expect(error?.kind == .unsupported)
  }

  @Test func headersThatClaimTooMuchAreRefused() throws {
    // PNG: the size lies at byte 16, its checksum at byte 29.
    var png = try Goldens.bytes("rgb8-7x5p.png")
    png.replaceSubrange(16..<24, with: [0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60])
    let sum = png[12..<29].withUnsafeBytes { Goldens.crc32($0) }
    png.replaceSubrange(
      29..<33, with: (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) })
    // JPEG: the frame header's size lies behind its marker, length and precision.
    var jpeg = try Goldens.bytes("rgb420-17x33.jpg")
    let frame = try #require(jpeg.indices.first { jpeg[$0...].starts(with: [0xff, 0xc0]) })
    jpeg.replaceSubrange((frame + 5)..<(frame + 9), with: [0xea, 0x60, 0xea, 0x60])
    for bytes in [
      png, jpeg, Array("P6 60000 60000 255\n".utf8), Array("P2 60000 60000 255\n1".utf8),
    ] {
      let error = failure { _ = try ImageDecoder().decode(bytes, name: "huge") }
      #expect(error?.kind == .badData)
      #expect(
        error?.description.contains("huge: image size 60000x60000") ?? false, "\(error as Any)")
    }
    // Under the limit of pixels, but far beyond what so few bytes can hold.
    jpeg.replaceSubrange((frame + 5)..<(frame + 9), with: [0x0b, 0x54, 0xea, 0x60])
    #expect(
      failure { _ = try ImageDecoder().decode(jpeg) }?.reason.contains("cannot hold") ?? false)
  }

  @Test func limitsAreTheCallers() throws {
    var limits = ImageDecoder.Limits()
    limits.maximumDimension = 32
    let path = Goldens.path("rgb8-33x17p.png")
    #expect(failure { _ = try ImageDecoder(limits: limits).decode(contentsOf: path) } != nil)
    limits.maximumDimension = 33
    limits.maximumPixelCount = 33 * 17 - 1
    #expect(failure { _ = try ImageDecoder(limits: limits).decode(contentsOf: path) } != nil)
    limits.maximumPixelCount = 33 * 17
    #expect(try ImageDecoder(limits: limits).decode(contentsOf: path).image.width == 33)
    limits.maximumByteCount = 100
    let error = failure { _ = try ImageDecoder(limits: limits).decode(contentsOf: path) }
    #expect(error?.reason.contains("exceed the limit of 100") ?? false)
  }

  @Test func namesThatAreNoImages() throws {
    let folder = try TemporaryFolder()
    let directory = folder.path("x.jpg")
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false)
    let empty = try folder.file("empty.jpg", [])
    let pipe = folder.path("pipe.jpg")
    #expect(mkfifo(pipe, 0o600) == 0)
    let text = try folder.file("text.jpg", Array("hello".utf8))
    let gif = try folder.file("x.gif", Array("GIF89a".utf8))
    let lineBreak = try folder.file("line\nbreak.pgm", Array("P5 1".utf8))
    let cases: [(String, RepVGGError.Kind, String)] = [
      (directory, .missingInput, "is a directory, not an image"),
      (empty, .badData, "the file is empty"), (pipe, .missingInput, "is not a regular file"),
      (text, .badData, "not an image: no known signature at its beginning"),
      (gif, .unsupported, "GIF files are not supported"),
      (lineBreak, .badData, "truncated PPM: the file ends before the image does"),
      ("/dev/zero", .missingInput, "is not a regular file"),
      (folder.path("none"), .missingInput, "cannot open: No such file or directory"),
      (text + "/x", .missingInput, "cannot open: Not a directory"),
      (text + "\0.jpg", .missingInput, "a file name cannot contain a zero byte"),
      ("", .missingInput, "cannot open: No such file or directory"),
    ]
    for (path, kind, reason) in cases {
      let error = failure { _ = try ImageDecoder().decode(contentsOf: path) }
      #expect(error == RepVGGError(kind, reason, file: path))
    }
    let good = try folder.file("good\nname.ppm", try Goldens.bytes("rgb.ppm"))
    #expect(try ImageDecoder().decode(contentsOf: good).image.width == 7)
  }

  @Test func manyThreadsShareOneDecoder() async throws {
    let lines = try Goldens.lines("decode").filter { !$0[0].hasPrefix("large") }
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for line in lines {
            let image = try? ImageDecoder().decode(contentsOf: Goldens.path(line[0])).image
            #expect(image.map(Goldens.summary) == Array(line[1...]))
          }
        }
      }
    }
  }
}
