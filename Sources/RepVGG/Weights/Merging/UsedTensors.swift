import Synchronization

/// Which tensors of a file a reader has asked for.
final class UsedTensors: Sendable {
  private let state = Mutex<Set<Int>>([])

  var indices: Set<Int> { state.withLock { $0 } }
  func insert(_ index: Int) { state.withLock { _ = $0.insert(index) } }
  func removeAll() { state.withLock { $0 = [] } }
}
