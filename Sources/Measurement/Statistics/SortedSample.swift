import SeededNumbers

/// A sample sorted once, whose resamples need no sorting: a resample is how often each value occurs.
struct SortedSample {
  /// The values, ascending.
  let values: [Double]
  /// For each place in `values`, where it stood in the sample as given.
  let origins: [Int]

  init(_ sample: [Double]) {
    origins = sample.indices.sorted { sample[$0] < sample[$1] }
    values = origins.map { sample[$0] }
  }

  /// The median of the resample in which the value given at index i occurs `occurrences[i]` times.
  func median(occurrences: [Int]) -> Double {
    let total = values.count
    let lowerPlace = (total - 1) / 2
    let upperPlace = total / 2
    var passed = 0
    var lower: Double?
    for (place, origin) in origins.enumerated() {
      passed += occurrences[origin]
      if lower == nil && passed > lowerPlace { lower = values[place] }
      if passed > upperPlace, let lower { return lower + (values[place] - lower) / 2 }
    }
    return values.last ?? .nan
  }

  /// Writes the resample's values, ascending.
  func expand(occurrences: [Int], into resample: inout [Double]) {
    resample.removeAll(keepingCapacity: true)
    for (place, origin) in origins.enumerated() {
      for _ in 0..<occurrences[origin] { resample.append(values[place]) }
    }
  }
}

extension SplitMix64 {
  /// Draws as many indices as there are entries, with replacement, and counts them.
  mutating func drawOccurrences(into occurrences: inout [Int]) {
    let count = occurrences.count
    for index in occurrences.indices { occurrences[index] = 0 }
    for _ in 0..<count { occurrences[below(count)] += 1 }
  }
}

/// Refuses samples that a ratio of times cannot come from.
func checkDurations(_ samples: [Double], _ name: String) throws(MeasurementError) {
  guard !samples.isEmpty else { throw MeasurementError("the \(name) has no samples") }
  guard samples.allSatisfy({ $0.isFinite && $0 > 0 }) else {
    throw MeasurementError("the \(name) has a sample that is not a positive number")
  }
}
