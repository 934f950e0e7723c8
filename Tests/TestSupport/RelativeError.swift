/// `‖a - b‖ / ‖b‖` in Double; infinite where the counts differ, there is nothing, or a value is not
/// finite.
package func relativeL2(_ a: [Float], _ b: [Float]) -> Double {
  guard a.count == b.count, !b.isEmpty else { return .infinity }
  var (difference, norm) = (0.0, 0.0)
  for (x, y) in zip(a, b) {
    difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
    norm += Double(y) * Double(y)
  }
  let result = (difference / max(norm, .leastNormalMagnitude)).squareRoot()
  return result.isFinite ? result : .infinity
}
