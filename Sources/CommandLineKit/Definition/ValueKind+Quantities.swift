/// The height and width of an image or input, in pixels.
package struct PixelSize: Sendable, Hashable, CustomStringConvertible {
  /// The number of rows.
  package let height: Int
  /// The number of columns.
  package let width: Int

  /// A size from its height and width.
  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// `HxW`, or `H` where both are equal.
  package var description: String { height == width ? "\(height)" : "\(height)x\(width)" }
}

extension ValueKind where Value == PixelSize {
  /// A size in pixels: `H` for a square, or `HxW`.
  ///
  /// - Parameter range: The pixels allowed each way, bounds included.
  /// - Returns: The kind of value.
  package static func pixelSize(_ range: ClosedRange<Int>) -> ValueKind {
    ValueKind(placeholder: "HxW") { text in
      let sides = text.split(separator: "x", omittingEmptySubsequences: false)
      guard sides.count <= 2, sides.allSatisfy(\.isPlainDigits) else {
        throw InvalidValue("must be a height H or a size HxW in pixels, for example 224 or 160x192")
      }
      let pixels = sides.compactMap { Int($0) }
      guard pixels.count == sides.count, pixels.allSatisfy(range.contains),
        let height = pixels.first, let width = pixels.last
      else {
        throw InvalidValue(
          "must have between \(range.lowerBound) and \(range.upperBound) pixels each way")
      }
      return PixelSize(height: height, width: width)
    }
  }
}

extension ValueKind where Value == Duration {
  /// A span of time: `500ms`, `2s`, `1.5m`, or seconds without a unit: `2`.
  ///
  /// Units are `ns`, `us`, `ms`, `s`, `m` or `min`, and `h`.
  ///
  /// - Parameter range: The spans allowed, bounds included.
  /// - Returns: The kind of value.
  package static func duration(_ range: ClosedRange<Duration> = .zero ... .seconds(86_400))
    -> ValueKind
  {
    ValueKind(placeholder: "TIME", format: describe) { text in
      let end = text.firstIndex { !$0.isASCII || !($0.isNumber || $0 == ".") } ?? text.endIndex
      let parts = text[..<end].split(separator: ".", omittingEmptySubsequences: false)
      guard text.utf8.count <= 32, parts.count <= 2, parts.allSatisfy(\.isPlainDigits),
        let unitSeconds = durationUnits[String(text[end...])], let number = Double(text[..<end])
      else {
        throw InvalidValue("must be a time such as 500ms, 2s or 1.5m")
      }
      // Bounded in Double first: Duration traps on what it cannot hold.
      let seconds = number * unitSeconds
      guard seconds.isFinite, seconds < 1e12 else {
        throw InvalidValue("must be at most \(describe(range.upperBound))")
      }
      let duration = Duration.nanoseconds(Int64((seconds * 1e9).rounded().clamped(to: 0...9e18)))
      guard range.contains(duration) else {
        throw InvalidValue(
          "must be between \(describe(range.lowerBound)) and \(describe(range.upperBound))")
      }
      return duration
    }
  }
}

extension Duration {
  /// The span in seconds.
  package var secondsValue: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }

  /// The span in whole nanoseconds, at most `Int.max`.
  package var nanosecondsValue: Int {
    let (product, isTooLong) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, isTooLongToo) = product.addingReportingOverflow(
      components.attoseconds / 1_000_000_000)
    return isTooLong || isTooLongToo ? (components.seconds < 0 ? .min : .max) : Int(sum)
  }
}

private let durationUnits = [
  "": 1, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "m": 60, "min": 60, "h": 3600,
]

private func describe(_ duration: Duration) -> String {
  let seconds = duration.secondsValue
  if seconds == 0 || seconds >= 1 { return "\(trimmed(seconds))s" }
  return seconds >= 1e-3 ? "\(trimmed(seconds * 1e3))ms" : "\(trimmed(seconds * 1e6))us"
}

private func trimmed(_ value: Double) -> String {
  let text = TextFormat.fixed(value, digits: 3)
  let significant = text.reversed().drop { $0 == "0" }
  let kept = significant.first == "." ? significant.dropFirst() : significant
  return String(kept.reversed())
}

extension Double {
  fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}
