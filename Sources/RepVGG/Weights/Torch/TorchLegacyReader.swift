/// Reads files of `torch.save` before PyTorch 1.6: five pickles, then the storages.
///
/// The pickles are a magic number, a version, the writing machine's properties, the saved object
/// and the list of storages; each storage follows as the number of its elements and the elements.
enum TorchLegacyReader {
  private static let version = 1001
  /// The long integer 0x1950a86a20f9469cfc6c, behind the instruction and the length.
  private static let magic: [UInt8] = [
    0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
  ]

  /// Whether the first pickle of a file is the magic number.
  static func recognizes(_ file: InputFile) throws(RepVGGError) -> Bool {
    // Later protocols may put a frame of nine bytes around the number.
    guard try file.matches([0x80], at: 0) else { return false }
    if try file.matches(magic, at: 2) { return true }
    return try file.matches(magic, at: 11)
  }

  /// All tensors of a file; their elements stay in the file.
  ///
  /// - Throws: `badData` where the file is damaged or malicious, `unsupported` for what the
  ///   library does not read; the error names file and tensor.
  static func read(_ file: InputFile) throws(RepVGGError) -> Checkpoint {
    do throws(RepVGGError) {
      var position = 0
      _ = try nextPickle(file, &position)
      guard case .integer(version) = try nextPickle(file, &position).root else {
        throw RepVGGError(.unsupported, "is not of version \(version) of PyTorch's legacy format")
      }
      try checkByteOrder(try nextPickle(file, &position))
      let object = try nextPickle(file, &position)
      let keys = try nextPickle(file, &position)
      let places = try storagePlaces(
        file, &position, keys: keys, storages: object.heap.storages)
      let collector = try TorchTensorCollector(root: object.root, heap: object.heap)
      var tensors = [String: Tensor](minimumCapacity: collector.tensors.count)
      for (name, tensor) in collector.tensors {
        do throws(RepVGGError) {
          let storage = object.heap.storages[tensor.storage]
          guard let bytes = places[storage.key] else {
            throw RepVGGError(.badData, "its storage '\(storage.key.printable)' is missing")
          }
          tensors[name] = try tensor.tensor(in: file, storage: storage, bytes: bytes)
        } catch {
          throw error.inTensor(name)
        }
      }
      return Checkpoint(tensors: tensors, format: .torchLegacy, file: file.path)
    } catch {
      throw error.inFile(file.path)
    }
  }

  private static func nextPickle(
    _ file: InputFile, _ position: inout Int
  ) throws(RepVGGError) -> (root: PickleValue, heap: PickleHeap) {
    var machine = PickleMachine(file: file, range: position..<max(position, file.byteCount))
    let root = try machine.run()
    position = machine.position
    return (root, machine.heap)
  }

  private static func checkByteOrder(
    _ properties: (root: PickleValue, heap: PickleHeap)
  ) throws(RepVGGError) {
    guard case .dictionary(let index) = properties.root else {
      throw RepVGGError(.badData, "lacks the properties of the machine that wrote it")
    }
    for (key, value) in properties.heap.dictionaries[index] {
      if case .text("little_endian") = key, case .bool(false) = value {
        throw RepVGGError(.unsupported, "was written by a big-endian machine")
      }
    }
  }

  /// Where each storage's elements lie.
  private static func storagePlaces(
    _ file: InputFile, _ position: inout Int, keys: (root: PickleValue, heap: PickleHeap),
    storages: [TorchStorage]
  ) throws(RepVGGError) -> [String: Range<Int>] {
    guard let keyValues = keys.heap.elements(keys.root) else {
      throw RepVGGError(.badData, "lacks the list of its storages")
    }
    let known = try uniqueStorages(storages)
    var places: [String: Range<Int>] = [:]
    for value in keyValues {
      guard case .text(let key) = value, let storage = known[key] else {
        throw RepVGGError(.badData, "lists a storage that nothing describes")
      }
      guard let elementByteCount = storage.type.elementByteCount else {
        throw RepVGGError(.unsupported, "storage '\(key.printable)' is of an unknown type")
      }
      let count = try file.integer(Int64.self, at: position)
      position += MemoryLayout<Int64>.size
      guard count == storage.count, storage.count <= (file.byteCount - position) / elementByteCount
      else {
        throw RepVGGError(
          .badData,
          "storage '\(key.printable)' of \(storage.count) elements is cut short or not that long")
      }
      let end = position + storage.count * elementByteCount
      guard places.updateValue(position..<end, forKey: key) == nil else {
        throw RepVGGError(.badData, "storage '\(key.printable)' occurs twice")
      }
      position = end
    }
    return places
  }

  /// The storages by key, after a check that all references to one agree.
  private static func uniqueStorages(
    _ storages: [TorchStorage]
  ) throws(RepVGGError) -> [String: TorchStorage] {
    var unique: [String: TorchStorage] = [:]
    for storage in storages {
      let first = unique[storage.key, default: storage]
      guard first.type == storage.type, first.count == storage.count else {
        throw RepVGGError(
          .badData, "storage '\(storage.key.printable)' is described in two ways")
      }
      unique[storage.key] = first
    }
    return unique
  }
}
