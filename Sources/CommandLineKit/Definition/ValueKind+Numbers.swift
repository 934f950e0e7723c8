extension ValueKind where Value == Int {
  /// An integer within bounds.
  ///
  /// - Parameters:
  ///   - range: The values allowed, bounds included.
  ///   - placeholder: What stands for the value in help.
  /// - Returns: The kind of value.
  package static func integer(_ range: ClosedRange<Int>, _ placeholder: String = "N") -> ValueKind {
    ValueKind(placeholder: placeholder) { try parseInteger($0, range) }
  }

  /// An integer from a bound upwards.
  ///
  /// - Parameters:
  ///   - range: The values allowed.
  ///   - placeholder: What stands for the value in help.
  /// - Returns: The kind of value.
  package static func integer(_ range: PartialRangeFrom<Int>, _ placeholder: String = "N")
    -> ValueKind
  {
    integer(range.lowerBound...Int.max, placeholder)
  }
}

extension ValueKind where Value == [Int] {
  /// Integers separated by commas, and ranges of them: `1,8`, `1-8` (by 1), `1-9+2`, `1-64*2`.
  ///
  /// - Parameters:
  ///   - range: The values allowed, bounds included; none may be negative.
  ///   - maximumCount: How many values one list may have.
  ///   - placeholder: What stands for one value in help.
  /// - Returns: The kind of value.
  package static func integerSweep(
    _ range: ClosedRange<Int>, maximumCount: Int = 1024, _ placeholder: String = "N"
  ) -> ValueKind {
    sweep(of: .integer(range, placeholder), maximumCount: maximumCount) { item in
      try expandSweep(item, range, maximumCount: maximumCount)
    }
  }
}

extension ValueKind where Value == UInt64 {
  /// An integer of 64 bits without a sign, as seeds are.
  package static var seed: ValueKind {
    ValueKind(placeholder: "N") { text in
      guard text.isPlainDigits, let value = UInt64(text) else {
        throw InvalidValue("must be an integer between 0 and \(UInt64.max)")
      }
      return value
    }
  }
}

extension ValueKind where Value == Double {
  /// A finite decimal number within bounds: `0.875`, `1e-5`.
  ///
  /// - Parameters:
  ///   - range: The values allowed, bounds included.
  ///   - placeholder: What stands for the value in help.
  /// - Returns: The kind of value.
  package static func number(_ range: ClosedRange<Double>, _ placeholder: String = "X") -> ValueKind
  {
    ValueKind(placeholder: placeholder) { text in
      let allowed = "0123456789.eE+-"
      guard text.utf8.count <= 64, text.allSatisfy(allowed.contains), let value = Double(text),
        value.isFinite
      else { throw InvalidValue("must be a decimal number") }
      guard range.contains(value) else {
        throw InvalidValue("must be between \(range.lowerBound) and \(range.upperBound)")
      }
      return value
    }
  }
}

private func parseInteger(_ text: String, _ range: ClosedRange<Int>) throws -> Int {
  let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
  guard digits.isPlainDigits else { throw InvalidValue("must be an integer, \(describe(range))") }
  // Int(_:) gives nil on overflow, which is out of any range.
  guard let value = Int(text), range.contains(value) else {
    throw InvalidValue("must be \(describe(range))")
  }
  return value
}

private func describe(_ range: ClosedRange<Int>) -> String {
  range.upperBound == .max
    ? "at least \(range.lowerBound)" : "between \(range.lowerBound) and \(range.upperBound)"
}

private func expandSweep(_ item: String, _ range: ClosedRange<Int>, maximumCount: Int) throws
  -> [Int]
{
  let bounds = item.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
  guard bounds.count == 2 else { return [try parseInteger(item, range)] }
  let first = try parseInteger(String(bounds[0]), range)
  let endAndStep = bounds[1]
  let operatorIndex = endAndStep.firstIndex { $0 == "+" || $0 == "*" }
  let last = try parseInteger(String(endAndStep[..<(operatorIndex ?? endAndStep.endIndex)]), range)
  guard first <= last else { throw InvalidValue("has a range that ends before it begins") }
  var multiplies = false
  var step = 1
  if let operatorIndex {
    multiplies = endAndStep[operatorIndex] == "*"
    let stepText = String(endAndStep[endAndStep.index(after: operatorIndex)...])
    step = try parseInteger(stepText, (multiplies ? 2 : 1)...Int.max)
  }
  if multiplies && first < 1 {
    throw InvalidValue("has a range by '*' that does not begin above 0")
  }
  var values: [Int] = []
  var value = first
  while value <= last {
    guard values.count < maximumCount else {
      throw InvalidValue("must be at most \(maximumCount) values")
    }
    values.append(value)
    let (next, overflows) =
      multiplies
      ? value.multipliedReportingOverflow(by: step) : value.addingReportingOverflow(step)
    if overflows { break }
    value = next
  }
  return values
}

extension StringProtocol {
  /// Whether the text is one to many ASCII digits and nothing else.
  var isPlainDigits: Bool {
    !isEmpty && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
