import CPlatform
import Synchronization

/// A word that threads wait on: they spin for a while, then park in the kernel.
///
/// The word and the count of parked threads are in cache lines of their own, in memory that does
/// not move. Whoever creates one destroys it.
struct SpinThenPark: @unchecked Sendable {
  private let word: UnsafeMutablePointer<Atomic<UInt32>>
  private let parked: UnsafeMutablePointer<Atomic<UInt32>>

  /// A word that starts at 0.
  init() {
    word = Self.cacheLine()
    parked = Self.cacheLine()
  }

  private static func cacheLine() -> UnsafeMutablePointer<Atomic<UInt32>> {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
    let pointer = raw.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
    pointer.initialize(to: Atomic(0))
    return pointer
  }

  func destroy() {
    UnsafeMutableRawPointer(word).deallocate()
    UnsafeMutableRawPointer(parked).deallocate()
  }

  var value: UInt32 { word.pointee.load(ordering: .acquiring) }

  /// Increases the word and wakes every thread that parked.
  func advance() {
    word.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if parked.pointee.load(ordering: .sequentiallyConsistent) != 0 {
      _ = rvgk_futex_wake(UnsafeMutableRawPointer(word).assumingMemoryBound(to: UInt32.self), .max)
    }
  }

  /// Adds to the word without waking anybody; returns the new value.
  func add(_ summand: UInt32) -> UInt32 {
    word.pointee.wrappingAdd(summand, ordering: .acquiringAndReleasing).newValue
  }

  /// Sets the word without waking anybody.
  func set(_ value: UInt32) { word.pointee.store(value, ordering: .relaxed) }

  /// Returns once the word differs from `old`.
  ///
  /// - Parameters:
  ///   - old: The value to wait past.
  ///   - spinCount: Pauses before the thread parks.
  func wait(while old: UInt32, spinCount: Int) {
    for _ in 0..<spinCount {
      if value != old { return }
      rvgk_cpu_pause()
    }
    parked.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while word.pointee.load(ordering: .sequentiallyConsistent) == old {
      _ = rvgk_futex_wait(
        UnsafeMutableRawPointer(word).assumingMemoryBound(to: UInt32.self), old, -1)
    }
    parked.pointee.wrappingSubtract(1, ordering: .sequentiallyConsistent)
  }
}
