import Foundation
import RepVGG

/// Memory of a fixed size, zero at first, aligned for the widest vectors.
package final class ScalarBuffer<Scalar: TrainingScalar> {
  /// The number of elements.
  package let count: Int
  /// The first element.
  package let base: UnsafeMutablePointer<Scalar>

  /// Bytes that an allocation starts at a multiple of.
  package static var alignment: Int { 64 }

  /// Memory for `count` elements.
  ///
  /// - Throws: `outOfMemory` where it cannot be had.
  package init(count: Int) throws {
    let (byteCount, overflow) = max(count, 1).multipliedReportingOverflow(
      by: MemoryLayout<Scalar>.stride)
    var memory: UnsafeMutableRawPointer?
    guard count >= 0, !overflow, posix_memalign(&memory, Self.alignment, byteCount) == 0,
      let memory
    else { throw RepVGGError(.outOfMemory, "cannot allocate \(count) elements for training") }
    self.count = count
    base = memory.bindMemory(to: Scalar.self, capacity: max(count, 1))
    base.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { free(base) }

  /// A copy of the elements.
  package var elements: [Scalar] { Array(UnsafeBufferPointer(start: base, count: count)) }

  /// Replaces the elements; their number must be `count`.
  package func assign(_ elements: some Collection<Scalar>) {
    precondition(elements.count == count, "element count does not fit the buffer")
    var next = base
    for element in elements {
      next.pointee = element
      next += 1
    }
  }

  /// Sets every element to zero.
  package func clear() { memset(base, 0, count * MemoryLayout<Scalar>.stride) }
}
