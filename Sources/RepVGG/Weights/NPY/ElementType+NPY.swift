extension ElementType {
  /// Kind and size in a NumPy type string; nil for types that NumPy lacks.
  var npyCode: String? {
    switch self {
    case .float16: "f2"
    case .bfloat16, .float8E4M3, .float8E5M2, .unsupported: nil
    case .float32: "f4"
    case .float64: "f8"
    case .int8: "i1"
    case .uint8: "u1"
    case .int16: "i2"
    case .int32: "i4"
    case .int64: "i8"
    case .uint16: "u2"
    case .uint32: "u4"
    case .uint64: "u8"
    case .bool: "b1"
    }
  }

  /// The NumPy type string for little-endian elements; nil for types that NumPy lacks.
  var npyDescription: String? {
    npyCode.map { (byteCount == 1 ? "|" : "<") + $0 }
  }
}
