extension ElementType {
  /// Kind and size in a NumPy type string; nil for bfloat16, which NumPy lacks.
  var npyCode: String? {
    switch self {
    case .float16: "f2"
    case .bfloat16: nil
    case .float32: "f4"
    case .float64: "f8"
    case .int8: "i1"
    case .uint8: "u1"
    case .int16: "i2"
    case .int32: "i4"
    case .int64: "i8"
    case .bool: "b1"
    }
  }

  /// The NumPy type string for little-endian elements; nil for bfloat16.
  var npyDescription: String? {
    npyCode.map { (byteCount == 1 ? "|" : "<") + $0 }
  }
}
