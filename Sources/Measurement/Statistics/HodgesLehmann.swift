/// The Hodges-Lehmann estimator: the median of all pairwise means, each value with itself included.
///
/// It is nearly as precise as the mean on normal data (95 %), and an outlier hardly moves it.
package enum HodgesLehmann {
  /// The estimate for sorted, finite values; nil without values.
  ///
  /// The n (n + 1) / 2 means are not formed: the middle one is found by bisection over the
  /// floating-point numbers, each step counting the sums at or below a bound in O(n).
  package static func estimate(ofSorted sorted: [Double]) -> Double? {
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let pairCount = sorted.count * (sorted.count + 1) / 2
    let lowerRank = (pairCount + 1) / 2
    let upperRank = pairCount / 2 + 1
    // Adding 0 makes a negative zero positive, so that the order of keys is the order of numbers.
    var low = key(first + first + 0.0)
    var high = key(last + last + 0.0)
    while low < high {
      let middle = low + (high - low) / 2
      if countOfSums(atMost: number(middle), in: sorted) >= lowerRank {
        high = middle
      } else {
        low = middle + 1
      }
    }
    let lowerSum = number(low)
    if upperRank == lowerRank || countOfSums(atMost: lowerSum, in: sorted) >= upperRank {
      return lowerSum / 2
    }
    let upperSum = smallestSum(above: lowerSum, in: sorted) ?? lowerSum
    return (lowerSum + upperSum) / 4
  }

  /// How many sums of two of the values (i <= j) are at most the bound.
  private static func countOfSums(atMost bound: Double, in sorted: [Double]) -> Int {
    var count = 0
    var last = sorted.count - 1
    for first in sorted.indices {
      while last >= first && sorted[first] + sorted[last] > bound { last -= 1 }
      if last < first { break }
      count += last - first + 1
    }
    return count
  }

  /// The smallest sum of two of the values that exceeds the bound.
  private static func smallestSum(above bound: Double, in sorted: [Double]) -> Double? {
    var smallest: Double?
    var next = sorted.count
    for first in sorted.indices {
      while next > first && sorted[first] + sorted[next - 1] > bound { next -= 1 }
      let partner = Swift.max(next, first)
      guard partner < sorted.count else { continue }
      let sum = sorted[first] + sorted[partner]
      if sum > bound { smallest = Swift.min(smallest ?? sum, sum) }
    }
    return smallest
  }

  /// Finite numbers as integers in the same order, from 0 up: the difference of any two fits.
  private static func key(_ number: Double) -> UInt64 {
    let bits = number.bitPattern
    return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
  }

  private static func number(_ key: UInt64) -> Double {
    Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
  }
}
