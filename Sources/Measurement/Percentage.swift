import TextFormats

extension Double {
  /// A fraction as a percentage with at most one decimal, such as `95 %` or `2.5 %`.
  var percentage: String {
    let tenths = (self * 100).fixed(digits: 1)
    return (tenths.hasSuffix(".0") ? String(tenths.dropLast(2)) : tenths) + " %"
  }
}
