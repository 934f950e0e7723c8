import Foundation
import RepVGG
import RepVGGImaging
import TestSupport
import Testing

/// The committed outcomes of `scripts/make-imaging-goldens.py`.
enum Goldens {
  /// The folder of the committed files.
  static let folder = Fixture.root.appending(path: "imaging")

  /// The path of a committed image file.
  static func path(_ name: String) -> String {
    folder.appendingPathComponent("files/\(name)").path
  }

  /// The bytes of a committed image file.
  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  /// The fields of every line of one kind, without the kind; there has to be one.
  static func lines(_ kind: String) throws -> [[String]] {
    let text = try String(
      contentsOf: folder.appendingPathComponent("goldens.txt"), encoding: .utf8)
    let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      .filter { $0.first == kind }.map { Array($0.dropFirst()) }
    try #require(!lines.isEmpty, "no goldens of the kind '\(kind)'")
    return lines
  }

  /// What the goldens say of an image: width, height, CRC-32 of the RGB bytes.
  static func summary(_ image: RGBImage) -> [String] {
    let sum = image.withUnsafePixels { crc32(UnsafeRawBufferPointer($0)) }
    return ["\(image.width)", "\(image.height)", hexadecimal(sum)]
  }

  /// What the goldens say of bytes that Pillow may refuse.
  static func outcome(_ bytes: [UInt8]) -> [String] {
    do { return summary(try ImageDecoder().decode(bytes).image) } catch { return ["error"] }
  }

  static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// The CRC-32 of zlib and PNG (polynomial 0xedb88320).
  static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    crcTable.withUnsafeBufferPointer { table in
      var sum: UInt32 = ~0
      for byte in bytes { sum = table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ (sum >> 8) }
      return ~sum
    }
  }

  private static let crcTable: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? (value >> 1) ^ 0xedb8_8320 : value >> 1
    }
  }

  /// Bytes that look random, by the same formula as in the script.
  static func noise(_ count: Int, seed: UInt32) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count {
        var value = UInt32(truncatingIfNeeded: index) &* 2_654_435_761 &+ seed
        value ^= value >> 15
        value = value &* 2_246_822_519
        value ^= value >> 13
        buffer[index] = UInt8(truncatingIfNeeded: value >> 11)
      }
      initialized = count
    }
  }

  static func noiseImage(_ width: Int, _ height: Int, seed: Int) throws -> RGBImage {
    try RGBImage(
      width: width, height: height, pixels: noise(width * height * 3, seed: UInt32(seed)))
  }
}

/// The error that a call throws; nil where it throws none.
func failure(of call: () throws -> Void) -> RepVGGError? {
  do {
    try call()
    return nil
  } catch {
    return error as? RepVGGError
  }
}
