/// The objects to which the values of a pickle refer.
struct PickleHeap {
  /// A function or class, and the texts that name it.
  struct Global {
    var module: Int
    var name: Int
    var meaning: TorchGlobal
  }

  /// Every distinct text.
  private(set) var texts: [String] = []
  private var textIndices: [UTF8Name: Int] = [:]
  /// The elements of all tuples, one tuple after the other.
  private var tupleElements: [PickleValue] = []
  private var tuples: [(start: Int32, count: Int32)] = []
  private(set) var lists: [[PickleValue]] = []
  /// Items of dictionaries in the order in which they were set.
  private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  private(set) var globals: [Global] = []
  private var globalIndices: [UInt64: Int] = [:]
  /// Classes of objects that turned out to be neural networks, because of what they hold.
  var moduleClasses: Set<Int> = []
  var storages: [TorchStorage] = []
  var tensors: [TorchTensor] = []
  /// Values in lists, tuples and dictionaries.
  private(set) var elementCount = 0
  /// Tuples, lists and dictionaries; each takes about 70 bytes, and one byte of a pickle can make
  /// one.
  var containerCount: Int { tuples.count + lists.count + dictionaries.count }
  /// Tuples and lists.
  var sequenceCount: Int { tuples.count + lists.count }

  mutating func index(ofText text: String) -> Int {
    let name = UTF8Name(text)
    if let index = textIndices[name] { return index }
    texts.append(text)
    textIndices[name] = texts.count - 1
    return texts.count - 1
  }

  mutating func newTuple(_ elements: some Collection<PickleValue>) -> PickleValue {
    // There are no more elements than instructions, whose number is limited.
    tuples.append((Int32(tupleElements.count), Int32(elements.count)))
    tupleElements += elements
    elementCount += elements.count
    return .tuple(tuples.count - 1)
  }

  mutating func newList(_ elements: [PickleValue]) -> PickleValue {
    lists.append(elements)
    elementCount += elements.count
    return .list(lists.count - 1)
  }

  mutating func newDictionary() -> PickleValue {
    dictionaries.append([])
    return .dictionary(dictionaries.count - 1)
  }

  mutating func append(_ elements: some Collection<PickleValue>, toList index: Int) {
    lists[index] += elements
    elementCount += elements.count
  }

  mutating func set(_ key: PickleValue, _ value: PickleValue, inDictionary index: Int) {
    dictionaries[index].append((key, value))
    elementCount += 1
  }

  /// A function or class from the texts that name it.
  ///
  /// - Throws: `badData` for functions that run code.
  mutating func global(module: Int, name: Int) throws(RepVGGError) -> Int {
    let key = UInt64(module) << 32 | UInt64(name)
    if let index = globalIndices[key] { return index }
    let meaning = try TorchGlobal(module: texts[module], name: texts[name])
    globals.append(Global(module: module, name: name, meaning: meaning))
    globalIndices[key] = globals.count - 1
    return globals.count - 1
  }

  /// A class of Python itself.
  mutating func global(builtin name: String) throws(RepVGGError) -> Int {
    try global(module: index(ofText: "builtins"), name: index(ofText: name))
  }

  /// A function or class as Python would write it, made safe to print.
  func path(ofGlobal index: Int) -> String {
    "\(texts[globals[index].module]).\(texts[globals[index].name])".printable
  }

  /// The elements of a tuple.
  func elements(ofTuple index: Int) -> ArraySlice<PickleValue> {
    let (start, count) = tuples[index]
    return tupleElements[Int(start)..<Int(start) + Int(count)]
  }

  /// The elements of a tuple or list; nil for other values.
  func elements(_ value: PickleValue) -> ArraySlice<PickleValue>? {
    switch value {
    case .tuple(let index): elements(ofTuple: index)
    case .list(let index): lists[index][...]
    default: nil
    }
  }

  /// The index of a tuple with at most as many integers as a tensor has dimensions; nil for others.
  func integerTuple(_ value: PickleValue) -> Int? {
    guard case .tuple(let index) = value else { return nil }
    let elements = elements(ofTuple: index)
    let isFitting =
      elements.count <= StoredTensorSource.rankLimit
      && elements.allSatisfy { if case .integer = $0 { true } else { false } }
    return isFitting ? index : nil
  }

  /// The integers of a tuple.
  func integers(ofTuple index: Int) -> [Int] {
    elements(ofTuple: index).map { if case .integer(let value) = $0 { value } else { 0 } }
  }
}

/// A pickle's memo, whose keys nearly always count up from 0.
struct PickleMemo {
  private var dense: [PickleValue] = []
  private var others: [Int: PickleValue] = [:]

  var count: Int { dense.count + others.count }

  subscript(key: Int) -> PickleValue? {
    get { key < dense.count ? dense[key] : others[key] }
    set {
      guard let newValue else { return }
      if key < dense.count {
        dense[key] = newValue
      } else if key == dense.count {
        others[key] = nil
        dense.append(newValue)
      } else {
        others[key] = newValue
      }
    }
  }
}
