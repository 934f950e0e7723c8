import RepVGG

/// A picture that is drawn on: 8-bit RGB, rows from the top.
///
/// What is outside the picture is left out.
struct Canvas {
  let width: Int
  let height: Int
  private(set) var pixels: [UInt8]

  /// A copy of an image.
  init(_ image: RGBImage) {
    width = image.width
    height = image.height
    pixels = image.pixels
  }

  /// Fills a rectangle.
  mutating func fill(columns: Range<Int>, rows: Range<Int>, with color: SIMD3<UInt8>) {
    let columns = columns.clamped(to: 0..<width)
    for row in rows.clamped(to: 0..<height) {
      for column in columns {
        let index = 3 * (row * width + column)
        for channel in 0..<3 { pixels[index + channel] = color[channel] }
      }
    }
  }

  /// Draws the edges of a rectangle, on its inside.
  mutating func outline(
    columns: Range<Int>, rows: Range<Int>, thickness: Int, with color: SIMD3<UInt8>
  ) {
    let (left, right) = (columns.prefix(thickness), columns.suffix(thickness))
    fill(columns: columns, rows: rows.prefix(thickness), with: color)
    fill(columns: columns, rows: rows.suffix(thickness), with: color)
    fill(columns: left, rows: rows, with: color)
    fill(columns: right, rows: rows, with: color)
  }

  /// Writes a line of text.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - x: The left edge of the first glyph.
  ///   - y: The top edge of the glyphs.
  ///   - scale: Pixels per pixel of the font.
  ///   - color: The colour of the glyphs.
  mutating func write(_ text: String, x: Int, y: Int, scale: Int, color: SIMD3<UInt8>) {
    var left = x
    for character in text {
      guard left < width else { break }
      for (index, isSet) in (BitmapFont.glyph(character) ?? []).enumerated() where isSet {
        let (row, column) = index.quotientAndRemainder(dividingBy: BitmapFont.glyphWidth)
        let (top, start) = (y + row * scale, left + column * scale)
        fill(columns: start..<(start + scale), rows: top..<(top + scale), with: color)
      }
      left += BitmapFont.advance * scale
    }
  }
}
