extension ONNXModel {
  /// The version of the file format that belongs to a version of ONNX's operators.
  ///
  /// It is the oldest one that runtimes of that version of the operators read, by the table of
  /// releases in ONNX's `helper.py`, but at least 8: older ones add nothing.
  package static func irVersion(opset: Int) -> Int {
    switch opset {
    case ...18: 8
    case ...20: 9
    case ...22: 10
    case 23: 11
    case 24: 12
    case ...27: 13
    default: 14
    }
  }
}
