import Glibc

/// Questions about memory that are asked before much of it is taken.
///
/// Swift's arrays end the process where there is none; an answer beforehand is an error that a host
/// can handle.
package enum MemoryCheck {
  /// What smaller objects of a plan or a session take, with room to spare.
  static let margin = 4 << 20

  /// Refuses what the machine could never hold.
  ///
  /// - Throws: `outOfMemory`.
  package static func checkMachine(holds byteCount: Int) throws(RepVGGError) {
    let present = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard byteCount <= present else {
      throw RepVGGError(
        .outOfMemory, "this takes \(byteCount) bytes of memory, the machine has \(present)")
    }
  }

  /// Refuses what the process cannot have at this moment.
  ///
  /// - Parameters:
  ///   - byteCount: Bytes, in addition to ``margin``.
  ///   - purpose: What needs them, for the message.
  /// - Throws: `outOfMemory`.
  package static func checkAvailable(
    _ byteCount: Int, for purpose: String
  ) throws(RepVGGError) {
    let (total, overflow) = byteCount.addingReportingOverflow(margin)
    let address =
      overflow
      ? nil
      : mmap(nil, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard !overflow, let address, address != MAP_FAILED else {
      throw RepVGGError(.outOfMemory, "there are no \(total) bytes of memory for \(purpose)")
    }
    munmap(address, total)
  }
}
