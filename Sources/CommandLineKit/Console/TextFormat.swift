import TextFormats

/// Numbers as people read them in a message or a table.
package enum TextFormat {
  /// A number with a fixed count of digits after the point; `-` where it is not finite.
  package static func fixed(_ value: Double, digits: Int) -> String {
    value.isFinite ? value.fixed(digits: digits) : "-"
  }

  /// A number with about three significant digits, never in exponent form below 1e15.
  package static func significant(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    let magnitude = abs(value)
    let digits = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3
    return magnitude < 1e15 ? fixed(value, digits: digits) : "\(value)"
  }

  /// A count of bytes in binary units, for example `31.7 MiB`.
  package static func bytes(_ count: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var value = Double(count)
    var index = 0
    while abs(value) >= 1024, index + 1 < units.count {
      value /= 1024
      index += 1
    }
    return index == 0 ? "\(count) B" : "\(fixed(value, digits: 1)) \(units[index])"
  }

  /// A span of time as `0:07`, `12:30` or `3:05:00`; `?` where it is unknown or absurdly long.
  package static func clock(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return hours > 0
      ? "\(hours):\(twoDigits(minutes)):\(twoDigits(rest))" : "\(minutes):\(twoDigits(rest))"
  }
}
