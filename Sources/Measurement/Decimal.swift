/// Numbers as text with a fixed number of decimals, without Foundation: loading it would show in the
/// memory that is being measured.
enum Decimal {
  /// The number with `digits` decimals (0 to 9), rounded to nearest; its usual text where it is not
  /// finite or beyond 10^9.
  static func text(_ number: Double, digits: Int) -> String {
    guard number.isFinite, abs(number) < 1e9 else { return "\(number)" }
    var scale: Int64 = 1
    for _ in 0..<max(0, min(9, digits)) { scale *= 10 }
    let scaled = Int64((abs(number) * Double(scale)).rounded())
    let sign = number < 0 && scaled != 0 ? "-" : ""
    guard scale > 1 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % scale)
    let zeros = String(repeating: "0", count: max(0, digits - fraction.count))
    return "\(sign)\(scaled / scale).\(zeros)\(fraction)"
  }

  /// A fraction as a percentage with at most one decimal, such as `95 %` or `2.5 %`.
  static func percentage(_ fraction: Double) -> String {
    let tenths = text(fraction * 100, digits: 1)
    return (tenths.hasSuffix(".0") ? String(tenths.dropLast(2)) : tenths) + " %"
  }
}
