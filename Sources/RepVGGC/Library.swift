import CRepVGG
import RepVGG

/// `RVG_ABI_VERSION` of the library; see `repvgg.h`.
@c @implementation
public func rvg_abi_version() -> Int32 { Int32(RVG_ABI_VERSION) }

/// The version of the library; see `repvgg.h`.
@c @implementation
public func rvg_version_string() -> UnsafePointer<CChar> { rvgk_version_text() }

/// How many threads can compute at the same time; see `repvgg.h`.
@c @implementation
public func rvg_available_threads() -> Int32 { Int32(PlanOptions.availableThreadCount) }

/// Why the thread's last failed call failed; see `repvgg.h`.
@c @implementation
public func rvg_last_error() -> UnsafePointer<CChar> { UnsafePointer(rvgk_thread_text()) }

/// A status as a short text; see `repvgg.h`.
@c @implementation
public func rvg_status_string(_ status: Int32) -> UnsafePointer<CChar> {
  switch status {
  case Int32(bitPattern: RVG_OK.rawValue): constant("success")
  case Int32(bitPattern: RVG_INVALID_ARGUMENT.rawValue): constant("invalid argument")
  case Int32(bitPattern: RVG_BAD_DATA.rawValue): constant("bad data")
  case Int32(bitPattern: RVG_MISSING_INPUT.rawValue): constant("missing input")
  case Int32(bitPattern: RVG_CANNOT_CREATE.rawValue): constant("cannot create")
  case Int32(bitPattern: RVG_INPUT_OUTPUT.rawValue): constant("input or output failed")
  case Int32(bitPattern: RVG_UNSUPPORTED.rawValue): constant("unsupported")
  case Int32(bitPattern: RVG_OUT_OF_MEMORY.rawValue): constant("out of memory")
  case Int32(bitPattern: RVG_BUSY.rawValue): constant("busy")
  case Int32(bitPattern: RVG_INTERNAL.rawValue): constant("internal error")
  default: constant("unknown status")
  }
}

/// A literal's characters, which are part of the library's image and end with a zero.
private func constant(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
