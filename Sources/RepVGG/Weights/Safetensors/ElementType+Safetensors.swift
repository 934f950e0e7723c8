extension ElementType {
  /// The name in a safetensors header.
  var safetensorsName: String {
    switch self {
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .float32: "F32"
    case .float64: "F64"
    case .int8: "I8"
    case .uint8: "U8"
    case .int16: "I16"
    case .int32: "I32"
    case .int64: "I64"
    case .bool: "BOOL"
    }
  }

  /// The type of a name in a safetensors header; nil for types that this library lacks.
  init?(safetensorsName name: String) {
    guard let type = Self.allCases.first(where: { $0.safetensorsName == name }) else {
      return nil
    }
    self = type
  }
}
