import RepVGG

extension RGBImage {
  /// A copy of the image with a box around each detection, in a colour of its class, and a label.
  ///
  /// Labels have capitals, digits and some signs only; other characters are question marks. Lines
  /// and labels grow with the image.
  ///
  /// - Parameters:
  ///   - detections: Boxes in pixels of the image, the surest first: it is drawn last, on top.
  ///   - label: The text for a box; empty for none.
  /// - Returns: The picture.
  /// - Throws: `outOfMemory`.
  public func drawing(
    _ detections: [Detection], label: (Detection) -> String
  ) throws(RepVGGError) -> RGBImage {
    var canvas = Canvas(self)
    let scale = max(1, min(width, height) / 320)
    let thickness = max(1, min(width, height) / 240)
    for detection in detections.reversed() {
      let color = Self.color(ofClass: detection.classIndex)
      let columns = Self.pixels(detection.x, detection.width, limit: width)
      let rows = Self.pixels(detection.y, detection.height, limit: height)
      canvas.outline(columns: columns, rows: rows, thickness: thickness, with: color)
      let text = label(detection).prefix(80)
      guard !text.isEmpty else { continue }
      let labelWidth = (text.count * BitmapFont.advance + 1) * scale
      let labelHeight = (BitmapFont.glyphHeight + 2) * scale
      // Above the box; inside where there is no room. At the right edge it moves to the left.
      let top = rows.lowerBound >= labelHeight ? rows.lowerBound - labelHeight : rows.lowerBound
      let left = max(0, min(columns.lowerBound, width - labelWidth))
      canvas.fill(
        columns: left..<(left + labelWidth), rows: top..<(top + labelHeight), with: color)
      canvas.write(
        String(text), x: left + scale, y: top + scale, scale: scale,
        color: Self.isLight(color) ? SIMD3(0, 0, 0) : SIMD3(255, 255, 255))
    }
    return try RGBImage(width: width, height: height, pixels: canvas.pixels)
  }

  /// The pixels that an edge covers, at least one.
  private static func pixels(_ start: Double, _ length: Double, limit: Int) -> Range<Int> {
    func pixel(_ value: Double) -> Int {
      value.isNaN ? 0 : Int(max(0, min(value.rounded(), Double(limit))))
    }
    let first = min(pixel(start), limit - 1)
    return first..<max(first + 1, pixel(start + length))
  }

  /// Colours that are easy to tell apart, used in turn.
  private static func color(ofClass index: Int) -> SIMD3<UInt8> {
    let colors: [SIMD3<UInt8>] = [
      SIMD3(230, 25, 75), SIMD3(60, 180, 75), SIMD3(0, 130, 200), SIMD3(245, 130, 48),
      SIMD3(145, 30, 180), SIMD3(0, 128, 128), SIMD3(240, 50, 230), SIMD3(170, 110, 40),
      SIMD3(128, 0, 0), SIMD3(0, 0, 128), SIMD3(255, 225, 25), SIMD3(70, 240, 240),
    ]
    return colors[Int(index.magnitude % UInt(colors.count))]
  }

  /// Whether black text is easier to read on a colour than white text.
  private static func isLight(_ color: SIMD3<UInt8>) -> Bool {
    299 * Int(color.x) + 587 * Int(color.y) + 114 * Int(color.z) > 150_000
  }
}
