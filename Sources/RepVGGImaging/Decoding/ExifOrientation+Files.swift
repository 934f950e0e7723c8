extension ExifOrientation {
  /// The orientation in a file's metadata; nil if there is none or it is damaged.
  init?(in bytes: UnsafeRawBufferPointer, format: ImageFormat) {
    let metadata: UnsafeRawBufferPointer? =
      switch format {
      case .jpeg: Self.exifSegment(ofJPEG: bytes)
      case .png: Self.chunk("eXIf", ofPNG: bytes)
      case .webp: Self.chunk("EXIF", ofWebP: bytes)
      case .netpbm, .npy: nil
      }
    guard let metadata else { return nil }
    self.init(tiff: Self.withoutPrefix(metadata))
  }

  /// The APP1 segment before the first scan that holds EXIF data.
  private static func exifSegment(ofJPEG bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var position = 2
    while position + 4 <= bytes.count {
      guard bytes[position] == 0xff else { return nil }
      let marker = bytes[position + 1]
      if marker == 0xff {
        position += 1
        continue
      }
      // Start of scan or end of image: no metadata follows.
      guard marker != 0xda, marker != 0xd9 else { return nil }
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      guard length >= 2, length <= bytes.count - position - 2 else { return nil }
      let segment = slice(bytes, from: position + 4, count: length - 2)
      if marker == 0xe1, segment.starts(with: exifPrefix) { return segment }
      position += 2 + length
    }
    return nil
  }

  private static func chunk(
    _ name: String, ofPNG bytes: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    var position = 8
    while position + 12 <= bytes.count {
      let length = integer(bytes, at: position, byteCount: 4, isLittleEndian: false)
      guard length <= bytes.count - position - 12 else { return nil }
      if bytes[(position + 4)..<(position + 8)].elementsEqual(name.utf8) {
        return slice(bytes, from: position + 8, count: length)
      }
      position += 12 + length
    }
    return nil
  }

  private static func chunk(
    _ name: String, ofWebP bytes: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    var position = 12
    while position + 8 <= bytes.count {
      let length = integer(bytes, at: position + 4, byteCount: 4, isLittleEndian: true)
      guard length <= bytes.count - position - 8 else { return nil }
      if bytes[position..<(position + 4)].elementsEqual(name.utf8) {
        return slice(bytes, from: position + 8, count: length)
      }
      position += 8 + length + length % 2
    }
    return nil
  }

  /// Reads the orientation from a TIFF structure's first directory.
  private init?(tiff bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 8 else { return nil }
    let isLittleEndian = bytes.starts(with: [0x49, 0x49, 0x2a, 0x00])
    guard isLittleEndian || bytes.starts(with: [0x4d, 0x4d, 0x00, 0x2a]) else { return nil }
    func integer(_ position: Int, _ byteCount: Int) -> Int {
      Self.integer(bytes, at: position, byteCount: byteCount, isLittleEndian: isLittleEndian)
    }
    let directory = integer(4, 4)
    guard directory <= bytes.count - 2 else { return nil }
    for entry in 0..<integer(directory, 2) {
      let position = directory + 2 + 12 * entry
      guard position <= bytes.count - 12 else { return nil }
      // Tag 0x0112, type 3 (16-bit unsigned), one value, which is in the entry itself.
      guard integer(position, 2) == 0x0112 else { continue }
      guard integer(position + 2, 2) == 3, integer(position + 4, 4) == 1 else { return nil }
      self.init(rawValue: integer(position + 8, 2))
      return
    }
    return nil
  }

  private static var exifPrefix: [UInt8] { Array("Exif".utf8) + [0, 0] }

  private static func withoutPrefix(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard bytes.starts(with: exifPrefix) else { return bytes }
    return slice(bytes, from: 6, count: bytes.count - 6)
  }

  private static func slice(
    _ bytes: UnsafeRawBufferPointer, from start: Int, count: Int
  ) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)])
  }

  private static func integer(
    _ bytes: UnsafeRawBufferPointer, at position: Int, byteCount: Int, isLittleEndian: Bool
  ) -> Int {
    (0..<byteCount).reduce(0) { value, index in
      let place = isLittleEndian ? byteCount - 1 - index : index
      return value << 8 | Int(bytes[position + place])
    }
  }
}
