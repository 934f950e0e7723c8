import CommandLineKit
import Foundation

/// Where values are on an axis.
struct Scale {
  let lower: Double
  let upper: Double
  /// Pixels of the lower and of the upper end.
  let start: Double
  let end: Double
  let isLogarithmic: Bool

  /// An axis that begins and ends at round values.
  ///
  /// - Parameters:
  ///   - values: What has to fit; others than finite ones do not count, nor on a logarithmic axis
  ///     those up to zero.
  ///   - start: The pixel of the lower end.
  ///   - end: The pixel of the upper end.
  ///   - fromZero: Whether zero has to be on it, as lengths of bars need.
  ///   - isLogarithmic: Whether equal ratios have equal distances.
  init(
    _ values: [Double], from start: Double, to end: Double, fromZero: Bool = false,
    isLogarithmic: Bool = false
  ) {
    let usable = values.filter { $0.isFinite && abs($0) < 1e18 && (!isLogarithmic || $0 > 1e-18) }
    var low = usable.min() ?? (isLogarithmic ? 1 : 0)
    var high = usable.max() ?? 1
    if fromZero {
      low = min(0, low)
      high = max(0, high)
    }
    if high - low <= max(abs(low), abs(high)) * 1e-9 {
      let margin = isLogarithmic ? low : low == 0 ? 1 : abs(low) * 0.1
      (low, high) =
        isLogarithmic ? (low / 2, high * 2) : (fromZero ? low : low - margin, high + margin)
    }
    self.start = start
    self.end = end
    self.isLogarithmic = isLogarithmic
    if isLogarithmic {
      lower = low
      upper = high
    } else {
      let step = Self.step(high - low)
      lower = (low / step).rounded(.down) * step
      upper = (high / step).rounded(.up) * step
    }
  }

  func position(_ value: Double) -> Double {
    guard value.isFinite else { return start }
    let share =
      isLogarithmic
      ? log(max(value, 1e-18) / lower) / log(upper / lower) : (value - lower) / (upper - lower)
    return start + min(max(share, -0.05), 1.05) * (end - start)
  }

  /// A round distance that divides a span into four to eight parts.
  private static func step(_ span: Double) -> Double {
    let rough = span / 6
    let power = pow(10, log10(rough).rounded(.down))
    let unit = rough / power
    return (unit < 1.5 ? 1 : unit < 3.5 ? 2 : unit < 7.5 ? 5 : 10) * power
  }

  /// Round values on the axis with their texts.
  var ticks: [(value: Double, text: String)] {
    if isLogarithmic { return logarithmicTicks }
    let step = Self.step(upper - lower)
    let count = Int(min(20, ((upper - lower) / step).rounded()))
    let digits = Int(min(6, max(0, -log10(step).rounded(.down))))
    return (0...max(0, count)).map {
      let value = lower + Double($0) * step
      return (value, Self.text(abs(value) < step / 1e6 ? 0 : value, digits: digits))
    }
  }

  private var logarithmicTicks: [(value: Double, text: String)] {
    let decades = log10(upper / lower)
    let first = Int(log10(lower).rounded(.down))
    let factors: [Double] = decades < 1.5 ? [1, 2, 3, 5] : decades < 3.5 ? [1, 3] : [1]
    let stride = decades > 9 ? 3 : 1
    var list: [(Double, String)] = []
    for (place, exponent) in (first...first + Int(decades) + 1).enumerated()
    where place % stride == 0 {
      for factor in factors {
        let value = factor * pow(10, Double(exponent))
        guard value >= lower * 0.999, value <= upper * 1.001 else { continue }
        let isPlain = (-3...5).contains(exponent)
        list.append(
          (
            value,
            isPlain
              ? Self.text(value, digits: max(0, -exponent))
              : "\(TextFormat.fixed(factor, digits: 0))e\(exponent)"
          ))
      }
    }
    return list
  }

  private static func text(_ value: Double, digits: Int) -> String {
    abs(value) < 1e7 ? TextFormat.fixed(value, digits: digits) : "\(value)"
  }
}
