/// Reads files of `torch.save` before PyTorch 1.6: five pickles, then the storages.
///
/// The pickles are a magic number, a version, the properties of the machine that wrote the file,
/// the saved object, and the list of storages. Each storage follows as the number of its elements
/// and the elements.
enum TorchLegacyReader {
  private static let version = 1001
  /// The long integer 0x1950a86a20f9469cfc6c, after the instruction and the length.
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
  /// - Throws: `badData` if the file is damaged or malicious, `unsupported` for what the library
  ///   does not read; the error names file and tensor.
  static func read(_ file: InputFile) throws(RepVGGError) -> Checkpoint {
    do throws(RepVGGError) {
      var position = 0
      _ = try nextPickle(file, &position)
      guard case .integer(version) = try nextPickle(file, &position).root else {
        throw RepVGGError(.unsupported, "is not of version \(version) of PyTorch's legacy format")
      }
      // The file contains the byte order of the machine that wrote it; elements are little-endian
      // in any case.
      _ = try nextPickle(file, &position)
      let object = try nextPickle(file, &position)
      let keys = try nextPickle(file, &position)
      let places = try storagePlaces(file, &position, keys: keys, object: object.heap)
      let collector = try TorchTensorCollector(root: object.root, heap: object.heap)
      var builder = TorchTensorBuilder(file: file, heap: object.heap)
      let tensors = try builder.tensors(of: collector) { storage throws(RepVGGError) in
        guard let bytes = places[storage.key] else {
          let name = object.heap.texts[storage.key].printable
          throw RepVGGError(.badData, "its storage '\(name)' is missing")
        }
        return (file, bytes)
      }
      var checkpoint = Checkpoint(tensors: tensors, format: .torchLegacy, file: file.path)
      checkpoint.obstacle = collector.obstacle
      checkpoint.states = collector.states
      return checkpoint
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

  /// Where each storage's elements are, by the key's text in the object's pickle.
  private static func storagePlaces(
    _ file: InputFile, _ position: inout Int, keys: (root: PickleValue, heap: PickleHeap),
    object: PickleHeap
  ) throws(RepVGGError) -> [Int: Range<Int>] {
    guard let keyValues = keys.heap.elements(keys.root) else {
      throw RepVGGError(.badData, "lacks the list of its storages")
    }
    let known = try uniqueStorages(object)
    var places: [Int: Range<Int>] = [:]
    for value in keyValues {
      guard case .text(let text) = value,
        let storage = known[UTF8Name(keys.heap.texts[text])]
      else { throw RepVGGError(.badData, "lists a storage that nothing describes") }
      let name = object.texts[storage.key].printable
      guard let elementByteCount = storage.type.elementByteCount else {
        throw RepVGGError(.unsupported, "storage '\(name)' is of an unknown type")
      }
      let count = try file.integer(Int64.self, at: position)
      position += MemoryLayout<Int64>.size
      guard count == storage.count, storage.count <= (file.byteCount - position) / elementByteCount
      else {
        throw RepVGGError(
          .badData,
          "storage '\(name)' of \(storage.count) elements is cut short or not that long")
      }
      let end = position + storage.count * elementByteCount
      guard places.updateValue(position..<end, forKey: storage.key) == nil else {
        throw RepVGGError(.badData, "storage '\(name)' occurs twice")
      }
      position = end
    }
    return places
  }

  /// The storages by name, after checking that all references to one agree.
  private static func uniqueStorages(
    _ object: PickleHeap
  ) throws(RepVGGError) -> [UTF8Name: TorchStorage] {
    var unique: [Int: TorchStorage] = [:]
    for storage in object.storages {
      let first = unique[storage.key, default: storage]
      guard first.type == storage.type, first.count == storage.count else {
        throw RepVGGError(
          .badData,
          "storage '\(object.texts[storage.key].printable)' is described in two ways")
      }
      unique[storage.key] = first
    }
    return Dictionary(
      unique.values.map { (UTF8Name(object.texts[$0.key]), $0) }, uniquingKeysWith: { a, _ in a })
  }
}
