import Glibc

/// Starts a thread that calls `body` once.
///
/// - Returns: The thread, which must be joined; nil if the system has no more threads.
package func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
  let launch = Unmanaged.passRetained(Launch(body: body))
  var thread = pthread_t()
  let status = pthread_create(
    &thread, nil,
    { argument in
      guard let argument else { return nil }
      Unmanaged<Launch>.fromOpaque(argument).takeRetainedValue().body()
      return nil
    }, launch.toOpaque())
  guard status == 0 else {
    launch.release()
    return nil
  }
  return thread
}

private final class Launch {
  let body: @Sendable () -> Void
  init(body: @escaping @Sendable () -> Void) { self.body = body }
}
