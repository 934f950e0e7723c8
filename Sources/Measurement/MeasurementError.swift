/// Why a measurement or a statistic could not be made.
package struct MeasurementError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The reason, a clause without a capital or full stop.
  package var reason: String

  /// An error with its reason.
  package init(_ reason: String) { self.reason = reason }

  package var description: String { reason }
}
