/// The functions and classes that a pickle may name, reduced to what they mean here.
///
/// This is the whole list of what has an effect; each is a case that the library handles itself.
/// Any other name becomes `other`, a word without a function behind it.
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
  case other(String)

  /// Looks a name up.
  ///
  /// - Throws: `badData` for functions that run programs or code: nothing here would call them,
  ///   but a file that names them was made to harm.
  init(module: String, name: String) throws(RepVGGError) {
    let path = "\(module).\(name)"
    guard !Self.isMalicious(module: module, name: name) else {
      throw RepVGGError(
        .badData, "its pickle asks for \(path.printable), which runs code; refused as malicious")
    }
    switch (module, name) {
    case ("collections", "OrderedDict"), ("collections", "defaultdict"),
      ("builtins", "dict"), ("__builtin__", "dict"):
      self = .dictionary
    case ("torch", "Size"): self = .size
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"):
      self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTensorOfType
    case ("torch._utils", "_rebuild_parameter"),
      ("torch._utils", "_rebuild_parameter_with_state"):
      self = .rebuildParameter
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch", _), ("torch.cuda", _), ("torch.storage", _):
      if let elementType = ElementType(torchName: name), module == "torch" {
        self = .elementType(elementType)
      } else if let type = TorchStorageType(className: name) {
        self = .storageType(type)
      } else {
        self = .other(path.printable)
      }
    default: self = .other(path.printable)
    }
  }

  private static func isMalicious(module: String, name: String) -> Bool {
    let modules: Set<String> = [
      "os", "posix", "nt", "subprocess", "pty", "runpy", "shutil", "importlib", "webbrowser",
    ]
    let builtins: Set<String> = [
      "eval", "exec", "execfile", "compile", "open", "__import__", "input", "breakpoint",
    ]
    switch module {
    case "builtins", "__builtin__": return builtins.contains(name)
    default: return modules.contains(String(module.prefix { $0 != "." }))
    }
  }
}

/// The type of a storage.
enum TorchStorageType: Hashable {
  case typed(ElementType)
  /// Bytes whose meaning is the tensor's business.
  case untyped
  /// A class of elements that this library lacks; its name.
  case unsupported(String)

  /// The type of a class name such as `FloatStorage`; nil for classes of other things.
  init?(className: String) {
    guard className.hasSuffix("Storage") else { return nil }
    let names: [String: ElementType] = [
      "Half": .float16, "BFloat16": .bfloat16, "Float": .float32, "Double": .float64,
      "Char": .int8, "Byte": .uint8, "Short": .int16, "Int": .int32, "Long": .int64,
      "Bool": .bool,
    ]
    let name = String(className.dropLast("Storage".count))
    if let elementType = names[name] {
      self = .typed(elementType)
    } else if name == "Untyped" {
      self = .untyped
    } else {
      self = .unsupported(className.printable)
    }
  }

  /// Bytes of one element; nil where the type is not supported.
  var elementByteCount: Int? {
    switch self {
    case .typed(let elementType): elementType.byteCount
    case .untyped: 1
    case .unsupported: nil
    }
  }
}

extension ElementType {
  /// The type that PyTorch calls so, as in `torch.float32`.
  fileprivate init?(torchName: String) {
    // The names are PyTorch's own, but for its aliases, which no pickle holds.
    self.init(rawValue: torchName)
  }
}
