/// A PNG file of grey bytes, stored without compression (RFC 2083, RFC 1950, RFC 1951).
enum PNGFile {
  static func bytes(grey pixels: [UInt8], width: Int, height: Int) -> [UInt8] {
    var lines: [UInt8] = []
    for row in 0..<height { lines += [0] + pixels[row * width..<(row + 1) * width] }
    let length = lines.count
    precondition(length < 65536, "one stored block holds less than 64 KiB")
    let stored =
      [0x78, 0x01, 1, UInt8(length & 0xFF), UInt8(length >> 8), ~UInt8(length & 0xFF)]
      + [~UInt8(length >> 8)] + lines + bigEndian(adler(lines))
    let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 0, 0, 0, 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
      + chunk("IDAT", stored) + chunk("IEND", [])
  }

  private static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
    let content = Array(type.utf8) + body
    return bigEndian(UInt32(body.count)) + content + bigEndian(checksum(content))
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(number >> $0 & 0xFF) }
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in
        sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0)
      }
    }
  }

  private static func adler(_ bytes: [UInt8]) -> UInt32 {
    let (a, b) = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
      let a = (sums.0 + UInt32(byte)) % 65521
      return (a, (sums.1 + a) % 65521)
    }
    return b << 16 | a
  }
}
