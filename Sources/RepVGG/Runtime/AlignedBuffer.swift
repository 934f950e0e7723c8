import CPlatform
import Glibc

/// Memory for floats from the system: zeroed, page aligned, on huge pages where it is large.
///
/// Pages cost memory only once they are touched.
package struct AlignedBuffer: ~Copyable, @unchecked Sendable {
  /// The first element; aligned to a page.
  package let base: UnsafeMutablePointer<Float>
  /// Usable elements.
  package let elementCount: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedByteCount: Int

  /// Maps room for `elementCount` floats.
  ///
  /// - Parameters:
  ///   - elementCount: Floats.
  ///   - usesHugePages: Whether a large buffer is aligned and advised for huge pages.
  /// - Throws: `outOfMemory` where the system refuses, `invalidArgument` for a negative size.
  package init(elementCount: Int, usesHugePages: Bool = true) throws(RepVGGError) {
    let (bytes, overflow) = max(elementCount, 1).multipliedReportingOverflow(
      by: MemoryLayout<Float>.stride)
    guard elementCount >= 0, !overflow, bytes < 1 << 46 else {
      throw RepVGGError(.invalidArgument, "a buffer of \(elementCount) floats is out of range")
    }
    let hugePage = Int(rvgk_huge_page_size())
    // From half a huge page on, the buffer spends at most as much again as it asks for.
    let isHuge = usesHugePages && hugePage > 0 && bytes >= hugePage / 2
    let alignment = isHuge ? hugePage : Int(rvgk_page_size())
    let rounded = bytes.roundedUp(to: alignment)
    let mapped = rounded + (isHuge ? hugePage : 0)
    let address = mmap(
      nil, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
      -1, 0)
    guard let address, address != MAP_FAILED else {
      throw RepVGGError(.outOfMemory, "the system has no \(bytes) bytes of memory left")
    }
    let aligned = (UInt(bitPattern: address) + UInt(alignment - 1)) & ~UInt(alignment - 1)
    let start = address + Int(aligned - UInt(bitPattern: address))
    if isHuge { _ = rvgk_advise_memory(start, rounded, RVGK_ADVICE_HUGE_PAGES) }
    mapping = address
    mappedByteCount = mapped
    base = start.bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
    self.elementCount = elementCount
  }

  /// Maps room for bytes, up to a whole float.
  init(byteCount: Int) throws(RepVGGError) {
    try self.init(
      elementCount: byteCount / MemoryLayout<Float>.stride
        + (byteCount % MemoryLayout<Float>.stride == 0 ? 0 : 1))
  }

  /// The first byte.
  var bytes: UnsafeMutableRawPointer { UnsafeMutableRawPointer(base) }

  /// Sets every element to zero.
  package func clear() { base.update(repeating: 0, count: elementCount) }

  deinit { munmap(mapping, mappedByteCount) }
}
