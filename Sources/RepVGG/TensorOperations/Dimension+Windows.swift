extension Dimension {
  /// The size after a window has moved over the dimension.
  ///
  /// It is `floor((size + padding - window) / stride) + 1`; two windows whose `padding - window` and stride are equal give the same symbol.
  ///
  /// - Parameters:
  ///   - window: Elements of the window, dilation included.
  ///   - padding: Elements on both sides together; negative for a crop.
  ///   - stride: The step, at least 1.
  /// - Returns: `unknown` where a size is not positive or not known.
  func windowed(window: Int, padding: Int, stride: Int) -> Dimension {
    switch self {
    case .fixed(let size):
      let (extent, overflow) = size.addingReportingOverflow(padding - window)
      guard !overflow, extent >= 0, stride > 0 else { return .unknown }
      return .fixed(extent / stride + 1)
    case .symbol:
      guard stride > 1 else { return adding(padding - window + 1) }
      guard case .symbol(let extent) = adding(padding - window) else { return .unknown }
      return .symbol("floor((\(extent))/\(stride))+1")
    case .unknown: return .unknown
    }
  }

  /// The size with a number added: `height` and 2 give `height+2`, and with -2 again `height`.
  func adding(_ number: Int) -> Dimension {
    switch self {
    case .fixed(let size):
      let (sum, overflow) = size.addingReportingOverflow(number)
      return overflow ? .unknown : .fixed(sum)
    case .symbol(let name):
      guard number != 0 else { return self }
      let (base, offset) = Self.split(name)
      let (sum, overflow) = offset.addingReportingOverflow(number)
      guard !overflow, name.utf8.count < Self.nameLimit else { return .unknown }
      return .symbol(sum == 0 ? base : base + (sum > 0 ? "+" : "") + String(sum))
    case .unknown: return .unknown
    }
  }

  /// Names of sizes computed from sizes do not grow beyond this, in bytes.
  private static let nameLimit = 256

  /// The name without a number that is added at its end, and that number.
  private static func split(_ name: String) -> (base: String, offset: Int) {
    let digits = name.utf8.reversed().prefix { (48...57).contains($0) }.count
    let rest = name.utf8.dropLast(digits)
    guard digits > 0, digits < 10, rest.count > 1, let sign = rest.last, sign == 43 || sign == 45,
      let base = String(rest.dropLast()),
      let number = Int(
        name.utf8.suffix(digits).reduce(into: "") {
          $0.unicodeScalars.append(Unicode.Scalar($1))
        })
    else { return (name, 0) }
    return (base, sign == 45 ? -number : number)
  }
}
