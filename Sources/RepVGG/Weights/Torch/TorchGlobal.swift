/// The functions and classes that a pickle may name, reduced to what they mean here.
///
/// This is the complete list of names that have an effect; the library handles each case itself.
/// Any other name becomes `other`, a word without a function.
enum TorchGlobal {
  /// A class of dictionaries.
  case dictionary
  /// `torch.Size`: a tuple of integers.
  case size
  case storageType(TorchStorageType)
  case elementType(ElementType)
  /// `_rebuild_tensor(storage, offset, size, stride)`, and version 2, which only adds arguments.
  case rebuildTensor
  /// `_rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype, ...)`.
  case rebuildTensorOfType
  /// `_rebuild_parameter(tensor, ...)`, with or without a state.
  case rebuildParameter
  /// `_rebuild_from_type_v2(function, class, arguments, state)`.
  case rebuildFromType
  /// Functions that rebuild a tensor whose elements cannot be read.
  case rebuildUnreadable(TorchTensorForm)
  case other

  /// The longest module or name, in bytes.
  static let nameByteLimit = 256

  private static let maliciousModules: Set<String> = [
    "os", "posix", "nt", "subprocess", "pty", "runpy", "shutil", "importlib", "webbrowser",
  ]
  private static let maliciousBuiltins: Set<String> = [
    "eval", "exec", "execfile", "compile", "open", "__import__", "input", "breakpoint",
  ]

  /// Looks up a name.
  ///
  /// - Throws: `badData` for functions that run programs or code. Nothing here would call them, but
  ///   a file that names them is malicious.
  init(module: String, name: String) throws(RepVGGError) {
    guard !Self.isMalicious(module: module, name: name) else {
      let path = "\(module).\(name)".printable
      throw RepVGGError(
        .badData, "its pickle asks for \(path), which runs code; refused as malicious")
    }
    switch (module, name) {
    case ("collections", "OrderedDict"), ("collections", "defaultdict"),
      ("builtins", "dict"), ("__builtin__", "dict"):
      self = .dictionary
    case ("torch", "Size"): self = .size
    case ("torch._utils", _) where Self.rebuildFunction(name) != nil:
      self = Self.rebuildFunction(name) ?? .other
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch", _), ("torch.cuda", _), ("torch.storage", _):
      // The names of types are PyTorch's own; its aliases do not occur in pickles.
      if let elementType = ElementType(rawValue: name), module == "torch" {
        self = .elementType(elementType)
      } else if let type = TorchStorageType(className: name) {
        self = .storageType(type)
      } else {
        self = .other
      }
    default: self = .other
    }
  }

  private static func rebuildFunction(_ name: String) -> TorchGlobal? {
    switch name {
    case "_rebuild_tensor", "_rebuild_tensor_v2": .rebuildTensor
    case "_rebuild_tensor_v3": .rebuildTensorOfType
    case "_rebuild_parameter", "_rebuild_parameter_with_state": .rebuildParameter
    case "_rebuild_sparse_tensor", "_rebuild_sparse_csr_tensor": .rebuildUnreadable(.sparse)
    case "_rebuild_qtensor": .rebuildUnreadable(.quantized)
    case "_rebuild_meta_tensor_no_storage": .rebuildUnreadable(.meta)
    case "_rebuild_nested_tensor": .rebuildUnreadable(.nested)
    default: nil
    }
  }

  private static func isMalicious(module: String, name: String) -> Bool {
    switch module {
    case "builtins", "__builtin__": return maliciousBuiltins.contains(name)
    default: return maliciousModules.contains(String(module.prefix { $0 != "." }))
    }
  }
}

/// The type of a storage.
enum TorchStorageType: Hashable {
  case typed(ElementType)
  /// Bytes whose type the tensor specifies.
  case untyped
  /// Elements of an unsupported type: the name of the type, and its size if it is known.
  case unsupported(String, byteCount: Int?)

  private static let elementTypes: [String: ElementType] = [
    "Half": .float16, "BFloat16": .bfloat16, "Float": .float32, "Double": .float64,
    "Char": .int8, "Byte": .uint8, "Short": .int16, "Int": .int32, "Long": .int64,
    "Bool": .bool,
  ]
  private static let otherByteCounts: [String: Int] = [
    "ComplexFloat": 8, "ComplexDouble": 16, "QInt8": 1, "QUInt8": 1, "QInt32": 4,
    "QUInt4x2": 1, "QUInt2x4": 1,
  ]

  /// The type for a class name such as `FloatStorage`; nil for other classes.
  init?(className: String) {
    guard className.hasSuffix("Storage") else { return nil }
    let name = String(className.dropLast("Storage".count))
    if let elementType = Self.elementTypes[name] {
      self = .typed(elementType)
    } else if name == "Untyped" {
      self = .untyped
    } else {
      self = .unsupported(className.printable, byteCount: Self.otherByteCounts[name])
    }
  }

  /// Bytes of one element; nil if the type is unknown.
  var elementByteCount: Int? {
    switch self {
    case .typed(let elementType): elementType.byteCount
    case .untyped: 1
    case .unsupported(_, let byteCount): byteCount
    }
  }
}
