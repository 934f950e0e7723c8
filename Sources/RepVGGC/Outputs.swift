import CRepVGG
import RepVGG

/// How many outputs a session has; see `repvgg.h`.
@c @implementation
public func rvg_session_output_count(
  _ session: OpaquePointer?, _ count: UnsafeMutablePointer<Int64>?
) -> rvg_status {
  status {
    let outputs = try sessions.object(session).outputs
    try checked(count, "count").pointee = Int64(outputs.count)
  }
}

/// The name of an output by its index; see `repvgg.h`.
@c @implementation
public func rvg_session_output_name(
  _ session: OpaquePointer?, _ index: Int64,
  _ name: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> rvg_status {
  status {
    let output = try sessions.object(session).output(index)
    try checked(name, "name").pointee = output.name.pointer
  }
}

/// The index of an output by its name; see `repvgg.h`.
@c @implementation
public func rvg_session_output_index(
  _ session: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ index: UnsafeMutablePointer<Int64>?
) -> rvg_status {
  status {
    let found = try sessions.object(session).outputIndex(checkedText(name, "name"))
    try checked(index, "index").pointee = Int64(found)
  }
}

/// The dimensions of an output; see `repvgg.h`.
@c @implementation
public func rvg_session_output_shape(
  _ session: OpaquePointer?, _ index: Int64, _ shape: UnsafeMutablePointer<Int64>?,
  _ capacity: Int64, _ rank: UnsafeMutablePointer<Int64>?
) -> rvg_status {
  status {
    let dimensions = try sessions.object(session).output(index).shape
    let rank = try checked(rank, "rank")
    guard capacity == 0 || capacity >= dimensions.count else {
      throw Failure(
        RVG_INVALID_ARGUMENT,
        "the shape has room for \(capacity) of \(dimensions.count) dimensions")
    }
    if capacity > 0 {
      let shape = try checked(shape, "shape")
      for (axis, dimension) in dimensions.enumerated() { shape[axis] = Int64(dimension) }
    }
    rank.pointee = Int64(dimensions.count)
  }
}

/// Copies an output of the last run; see `repvgg.h`.
@c @implementation
public func rvg_session_copy_output(
  _ session: OpaquePointer?, _ index: Int64, _ output: UnsafeMutablePointer<Float>?,
  _ output_count: Int64
) -> rvg_status {
  status {
    try sessions.object(session).copyOutput(
      index, to: checked(output, "output"), count: output_count)
  }
}
