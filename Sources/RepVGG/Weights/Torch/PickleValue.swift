/// What a pickle's instructions produce: plain data, tensors, and objects that are not examined.
///
/// Everything of variable size is in the ``PickleHeap``, by index. A value is therefore two words
/// whatever it refers to, values cannot own each other, cycles leak nothing, and releasing deeply
/// nested data needs no deep recursion.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  /// Numbers, bytes and long text, whose content has no meaning here.
  case data
  /// Index of a text; equal text has one index.
  case text(Int)
  /// Index of a tuple.
  case tuple(Int)
  /// Index of a list.
  case list(Int)
  /// Index of a dictionary.
  case dictionary(Int)
  /// Index of a function or class.
  case global(Int)
  /// Index of a storage.
  case storage(Int)
  /// Index of a tensor.
  case tensor(Int)
  /// An object of an unknown class or function; the index of that class or function.
  case opaque(Int)
}

/// A storage as a pickle refers to it: it contains the elements of tensors.
struct TorchStorage {
  /// Its name in the file: the index of a text.
  var key: Int
  /// The type of its elements.
  var type: TorchStorageType
  /// The number of elements.
  var count: Int
  /// In elements; only the legacy container has views, which are parts of a storage.
  var viewOffset = 0
  /// The number of elements of a view; nil for the whole storage.
  var viewCount: Int?
}

/// A tensor as a pickle describes it.
struct TorchTensor {
  /// Index of the storage; nil if the elements cannot be read.
  var storage: Int?
  /// The type of the elements if the tensor specifies it, for storages that do not.
  var type: TorchStorageType?
  /// Why the elements cannot be read.
  var form: TorchTensorForm = .dense
  /// In elements, from the start of the storage.
  var offset = 0
  /// Index of a tuple of integers; nil if the pickle hides the shape.
  var shape: Int?
  /// Index of a tuple of integers, in elements; nil if there are no elements.
  var strides: Int?
}

/// How a tensor stores its elements; all but the first are known only by name.
enum TorchTensorForm {
  case dense, sparse, quantized, meta, nested

  /// Why the elements cannot be read and what helps; nil if they can be read.
  var obstacle: String? {
    switch self {
    case .dense: nil
    case .sparse: "is a sparse tensor; save it as tensor.to_dense()"
    case .quantized: "is quantized; save the model before it was quantized, or tensor.dequantize()"
    case .meta: "is on the meta device, which holds no elements; save the model with its weights"
    case .nested: "is a nested tensor; save its parts"
    }
  }
}
