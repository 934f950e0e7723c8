import Glibc

extension Double {
  /// The number with `digits` decimals (0 to 17), rounded to nearest.
  ///
  /// Without Foundation: loading it would show in the memory that is being measured.
  package func fixed(digits: Int) -> String {
    withVaList([Int32(max(0, min(digits, 17))), self]) { arguments in
      // The largest number has 309 digits before the point.
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: 352) { text in
        guard let start = text.baseAddress else { return "" }
        vsnprintf(start, text.count, "%.*f", arguments)
        return String(cString: start)
      }
    }
  }
}
