import CImageCodecs
import Glibc
import RepVGG

/// Memory of one image: bytes from `malloc`, so that too large a request is an error, not a trap.
///
/// There is readable padding after the last byte, because the resize kernels load whole vectors.
final class PixelStorage: @unchecked Sendable {
  // Unchecked: the bytes are written before the storage is shared, and only read afterwards.

  /// The first byte.
  let start: UnsafeMutablePointer<UInt8>
  /// The bytes that are used, without the padding.
  let byteCount: Int

  /// Uninitialised memory of a number of bytes.
  init(byteCount: Int) throws(RepVGGError) {
    let padding = RVGK_RESAMPLE_PADDING
    let (total, overflow) = byteCount.addingReportingOverflow(padding)
    guard byteCount >= 0, !overflow, let memory = malloc(total) else {
      throw RepVGGError(.outOfMemory, "no memory for \(byteCount) bytes of pixels")
    }
    start = memory.assumingMemoryBound(to: UInt8.self)
    (start + byteCount).initialize(repeating: 0, count: padding)
    self.byteCount = byteCount
  }

  deinit { free(start) }
}
