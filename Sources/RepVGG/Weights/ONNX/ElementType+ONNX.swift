extension ElementType {
  /// The number of the type in `TensorProto.DataType`; nil for unsupported types.
  var onnxCode: Int64? {
    switch self {
    case .float32: 1
    case .uint8: 2
    case .int8: 3
    case .uint16: 4
    case .int16: 5
    case .int32: 6
    case .int64: 7
    case .bool: 9
    case .float16: 10
    case .float64: 11
    case .uint32: 12
    case .uint64: 13
    case .bfloat16: 16
    case .float8E4M3: 17
    case .float8E5M2: 19
    case .unsupported: nil
    }
  }

  /// The type of a number in `TensorProto.DataType`; `unsupported` for those that the library does
  /// not read.
  init(onnxCode code: Int64) {
    self = Self.allCases.first { $0.onnxCode == code } ?? .unsupported
  }

  /// ONNX's name for a number that is not supported, for messages.
  static func onnxName(_ code: Int64) -> String {
    switch code {
    case 8: "STRING"
    case 14: "COMPLEX64"
    case 15: "COMPLEX128"
    case 18: "FLOAT8E4M3FNUZ"
    case 20: "FLOAT8E5M2FNUZ"
    case 21: "UINT4"
    case 22: "INT4"
    case 23: "FLOAT4E2M1"
    case 24: "FLOAT8E8M0"
    default: "number \(code)"
    }
  }
}
