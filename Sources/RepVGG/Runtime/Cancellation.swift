/// Whether work that may take seconds is still wanted: asked between the pieces of planning,
/// packing and runs, from any of the engine's threads.
///
/// ```swift
/// let plan = try Plan(network, input: input, cancellation: Cancellation { Task.isCancelled })
/// ```
public struct Cancellation: Sendable {
  /// Work that goes on to its end.
  public static let never = Cancellation(isCancelled: nil)

  private let isCancelled: (@Sendable () -> Bool)?

  private init(isCancelled: (@Sendable () -> Bool)?) { self.isCancelled = isCancelled }

  /// Work that ends early once the closure says so.
  ///
  /// - Parameter isCancelled: Has to be quick and must not block: it is asked after every layer.
  public init(_ isCancelled: @escaping @Sendable () -> Bool) {
    self.isCancelled = isCancelled
  }

  /// Whether the work is to end.
  package var isRequested: Bool { isCancelled?() ?? false }

  /// Ends the work where that is asked for.
  ///
  /// - Throws: `cancelled`.
  package func check() throws(RepVGGError) {
    if isRequested { throw Self.error }
  }

  static let error = RepVGGError(.cancelled, "interrupted")
}
