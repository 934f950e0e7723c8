extension String {
  /// Whether there are no more than 30 combining marks in a row, the limit of Unicode's Stream-Safe
  /// Text Format (UAX #15): longer runs have no meaning and take long to compare.
  package var isStreamSafe: Bool {
    // ASCII has no marks.
    if utf8.allSatisfy({ $0 < 0x80 }) { return true }
    var marks = 0
    for scalar in unicodeScalars {
      // There is no mark before this one.
      let isStarter =
        scalar.value < 0x300 || scalar.properties.canonicalCombiningClass == .notReordered
      marks = isStarter ? 0 : marks + 1
      if marks > 30 { return false }
    }
    return true
  }
}
