/// What a pickle's instructions make: plain data, tensors, and things that are not looked into.
///
/// Containers refer to the ``PickleHeap`` by index. So values cannot own each other: cycles leak
/// nothing, and releasing deeply nested data needs no deep recursion.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  case real(Double)
  case text(String)
  /// Bytes, long text or a long integer; their content carries no meaning here.
  case bytes
  /// Index of a sequence.
  case tuple(Int)
  /// Index of a sequence.
  case list(Int)
  /// Index of a dictionary.
  case dictionary(Int)
  /// A function or class by its name.
  case global(TorchGlobal)
  /// Index of a storage.
  case storage(Int)
  /// Index of a tensor.
  case tensor(Int)
  /// An object of a class or function that means nothing to this library; its name.
  case opaque(String)
}

/// What the values of a pickle refer to.
struct PickleHeap {
  /// Elements of tuples and lists.
  var sequences: [[PickleValue]] = []
  /// Items of dictionaries in the order in which they were set.
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [TorchStorage] = []
  var tensors: [TorchTensor] = []

  mutating func newTuple(_ elements: [PickleValue]) -> PickleValue {
    sequences.append(elements)
    return .tuple(sequences.count - 1)
  }

  mutating func newList(_ elements: [PickleValue]) -> PickleValue {
    sequences.append(elements)
    return .list(sequences.count - 1)
  }

  mutating func newDictionary() -> PickleValue {
    dictionaries.append([])
    return .dictionary(dictionaries.count - 1)
  }

  /// The elements of a tuple or list; nil for other values.
  func elements(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let index), .list(let index): sequences[index]
    default: nil
    }
  }

  /// The elements of a tuple of as many integers as a tensor has dimensions; nil for others.
  func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = elements(value), elements.count <= StoredTensorSource.rankLimit else {
      return nil
    }
    var integers: [Int] = []
    for element in elements {
      guard case .integer(let integer) = element else { return nil }
      integers.append(integer)
    }
    return integers
  }
}

/// A storage as a pickle refers to it: where tensors have their elements.
struct TorchStorage {
  /// Its name in the file.
  var key: String
  /// The type of its elements.
  var type: TorchStorageType
  /// The number of elements.
  var count: Int
  /// In elements; only the legacy container has views, of part of a storage.
  var viewOffset = 0
  /// The number of elements of a view; nil for the whole storage.
  var viewCount: Int?
}

/// A tensor as a pickle describes it.
struct TorchTensor {
  /// Index of the storage.
  var storage: Int
  /// The type of the elements where the tensor says it, for storages that do not.
  var type: TorchStorageType?
  /// In elements, from the start of the storage.
  var offset: Int
  var shape: [Int]
  /// In elements.
  var strides: [Int]
}
