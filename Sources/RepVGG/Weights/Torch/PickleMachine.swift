/// Interprets one pickle with an allow-list: data becomes data, and nothing can be called.
///
/// Every instruction takes bounded time and memory, and their number is limited, so no pickle takes
/// long or much, whatever it contains. The protocol is described in Python's `pickletools`.
struct PickleMachine {
  /// The most instructions of one pickle; a large checkpoint has some tens of thousands.
  static let instructionLimit = 1 << 22
  /// The most tuples, lists and dictionaries of one pickle; a tensor needs about six.
  static let containerLimit = 1 << 19

  var window: FileWindow
  /// The position of the next byte.
  var position: Int
  /// The end of the bytes that may be read.
  let end: Int
  var heap = PickleHeap()
  /// Items copied from lists into new dictionaries; a list may be copied more than once.
  var copiedItemCount = 0
  private var stack: [PickleValue] = []
  /// The height of the stack at each mark.
  private var marks: [Int] = []
  private var memo = PickleMemo()
  /// Tensors by the function and the tuple of arguments from which they were made.
  var tensorsByArguments: [Int: (function: Int, tensor: Int)] = [:]
  /// Storages by the tuple that identifies them.
  var storagesByIdentifier: [Int: Int] = [:]

  /// A machine for the pickle that starts at the lower bound; it may end before the upper one.
  init(file: InputFile, range: Range<Int>) {
    window = FileWindow(file)
    self.position = range.lowerBound
    self.end = min(range.upperBound, file.byteCount)
  }

  /// Runs up to the stop instruction and returns the result; ``position`` is then after the pickle.
  ///
  /// - Throws: `badData` if the pickle is damaged or malicious, `unsupported` for instructions that
  ///   PyTorch does not write.
  mutating func run() throws(RepVGGError) -> PickleValue {
    for _ in 0..<Self.instructionLimit {
      let start = position
      let byte = try integer(UInt8.self)
      guard let opcode = PickleOpcode(rawValue: byte) else {
        throw RepVGGError(
          .unsupported,
          "pickle instruction 0x\(String(byte, radix: 16)) at byte \(start) is not supported")
      }
      if opcode == .stop { return try pop() }
      try execute(opcode)
      guard heap.containerCount <= Self.containerLimit else {
        throw RepVGGError(
          .unsupported,
          "its pickle has more than \(Self.containerLimit) lists, tuples and dictionaries")
      }
    }
    throw RepVGGError(
      .unsupported, "its pickle has more than \(Self.instructionLimit) instructions")
  }

  private mutating func execute(_ opcode: PickleOpcode) throws(RepVGGError) {
    switch opcode {
    case .stop: break
    case .proto:
      let version = try integer(UInt8.self)
      guard version <= 5 else {
        throw RepVGGError(.unsupported, "pickle protocol \(version) is not supported")
      }
    case .frame: _ = try byteRange(countedBy: UInt64.self, consuming: false)
    case .mark: marks.append(stack.count)
    case .pop:
      if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
    case .popMark: _ = try popToMark()
    case .dup: stack.append(try top())

    case .none: stack.append(.none)
    case .newTrue: stack.append(.bool(true))
    case .newFalse: stack.append(.bool(false))
    case .binInt: stack.append(.integer(Int(try integer(Int32.self))))
    case .binInt1: stack.append(.integer(Int(try integer(UInt8.self))))
    case .binInt2: stack.append(.integer(Int(try integer(UInt16.self))))
    case .long1: stack.append(try long(byteRange(countedBy: UInt8.self)))
    case .long4: stack.append(try long(byteRange(countedBy: UInt32.self)))
    case .binFloat:
      _ = try integer(UInt64.self)
      stack.append(.data)

    case .binUnicode, .binString: stack.append(try text(byteRange(countedBy: UInt32.self)))
    case .shortBinUnicode, .shortBinString:
      stack.append(try text(byteRange(countedBy: UInt8.self)))
    case .binUnicode8: stack.append(try text(byteRange(countedBy: UInt64.self)))
    case .binBytes:
      _ = try byteRange(countedBy: UInt32.self)
      stack.append(.data)
    case .shortBinBytes:
      _ = try byteRange(countedBy: UInt8.self)
      stack.append(.data)
    case .binBytes8, .byteArray8:
      _ = try byteRange(countedBy: UInt64.self)
      stack.append(.data)

    case .emptyList: stack.append(heap.newList([]))
    case .list: stack.append(heap.newList(try popToMark()))
    case .append:
      let element = try pop()
      try extend(try top(), with: CollectionOfOne(element))
    case .appends, .addItems:
      let elements = try popToMark()
      try extend(try top(), with: elements)
    case .emptyDict: stack.append(heap.newDictionary())
    case .dict:
      let items = try popToMark()
      stack.append(heap.newDictionary())
      try set(items, in: try top())
    case .setItem:
      let value = try pop()
      let key = try pop()
      try set([key, value], in: try top())
    case .setItems:
      let items = try popToMark()
      try set(items, in: try top())
    case .emptyTuple: stack.append(heap.newTuple([]))
    case .tuple: stack.append(heap.newTuple(try popToMark()))
    case .tuple1: try makeTuple(1)
    case .tuple2: try makeTuple(2)
    case .tuple3: try makeTuple(3)
    case .emptySet: stack.append(.opaque(try heap.global(builtin: "set")))
    case .frozenSet:
      _ = try popToMark()
      stack.append(.opaque(try heap.global(builtin: "frozenset")))

    case .binGet: stack.append(try memorized(Int(try integer(UInt8.self))))
    case .longBinGet: stack.append(try memorized(Int(try integer(UInt32.self))))
    case .binPut: memo[Int(try integer(UInt8.self))] = try top()
    case .longBinPut: memo[Int(try integer(UInt32.self))] = try top()
    case .memoize: memo[memo.count] = try top()

    case .global: stack.append(try global(module: line(), name: line()))
    case .stackGlobal:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw malformed("a global whose name is no text")
      }
      stack.append(try global(module: module, name: name))
    case .reduce, .newObj:
      let arguments = try pop()
      stack.append(try call(try pop(), arguments))
    case .newObjEx:
      _ = try pop()
      let arguments = try pop()
      stack.append(try call(try pop(), arguments))
    case .inst:
      let callee = try global(module: line(), name: line())
      stack.append(try call(callee, heap.newTuple(try popToMark())))
    case .obj:
      let parts = try popToMark()
      guard let callee = parts.first else { throw malformed("an object without a class") }
      stack.append(try call(callee, heap.newTuple(Array(parts.dropFirst()))))
    case .build:
      let state = try pop()
      build(try top(), state: state)
    case .binPersID: stack.append(try persistent(try pop()))
    }
  }
}

// MARK: - Stack and memo

extension PickleMachine {
  private func top() throws(RepVGGError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.last else {
      throw malformed("an empty stack")
    }
    return value
  }

  private mutating func pop() throws(RepVGGError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  /// Replaces the topmost values by a tuple.
  private mutating func makeTuple(_ count: Int) throws(RepVGGError) {
    guard stack.count - (marks.last ?? 0) >= count else { throw malformed("an empty stack") }
    let tuple = heap.newTuple(stack[(stack.count - count)...])
    stack.removeLast(count)
    stack.append(tuple)
  }

  /// Pops everything above the last mark, and the mark itself.
  private mutating func popToMark() throws(RepVGGError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw malformed("no mark") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private func memorized(_ key: Int) throws(RepVGGError) -> PickleValue {
    guard let value = memo[key] else { throw malformed("nothing in memo \(key)") }
    return value
  }

  /// A syntax error in the instruction before the current position.
  func malformed(_ reason: String) -> RepVGGError {
    RepVGGError(.badData, "malformed pickle: \(reason) before byte \(position)")
  }
}
