/// Makes tensors from their elements in a file, and counts repeated elements.
struct TorchTensorBuilder {
  private let file: InputFile
  private let heap: PickleHeap
  private let isBigEndian: Bool
  /// Shapes by tuple: many tensors may share one.
  private var shapes: [Int: [Int]] = [:]
  private var elementCount = 0

  init(file: InputFile, heap: PickleHeap, isBigEndian: Bool = false) {
    self.file = file
    self.heap = heap
    self.isBigEndian = isBigEndian
  }

  /// The position of a storage's bytes.
  typealias Place = (file: InputFile, range: Range<Int>)

  /// A file's tensors by name; `place` returns where a storage is, and is called once per storage.
  ///
  /// - Throws: `badData` for tensors that leave their storage, naming the tensor. If the library
  ///   cannot read a tensor, only reading its elements is an error.
  mutating func tensors(
    of collector: TorchTensorCollector, place: (TorchStorage) throws(RepVGGError) -> Place
  ) throws(RepVGGError) -> [String: Tensor] {
    var tensors = [String: Tensor](minimumCapacity: collector.tensors.count)
    var places: [Int: Place] = [:]
    for (name, tensor) in collector.tensors {
      do throws(RepVGGError) {
        var found = tensor.storage.flatMap { places[$0] }
        if let storage = tensor.storage, found == nil {
          found = try place(heap.storages[storage])
          places[storage] = found
        }
        guard tensors.updateValue(try self.tensor(tensor, name, at: found), forKey: name) == nil
        else {
          throw RepVGGError(.badData, "the name occurs twice")
        }
      } catch {
        throw error.inTensor(name)
      }
    }
    return tensors
  }

  private mutating func tensor(
    _ tensor: TorchTensor, _ name: String, at place: Place?
  ) throws(RepVGGError) -> Tensor {
    let shape = shape(of: tensor)
    if let obstacle = tensor.form.obstacle {
      return try .unreadable(
        name, shape: shape, RepVGGError(.unsupported, obstacle, file: file.path))
    }
    guard let index = tensor.storage, let place, let strides = tensor.strides else {
      throw RepVGGError(.internalInconsistency, "has no storage")
    }
    let storage = heap.storages[index]
    let elementType: ElementType
    switch tensor.type ?? storage.type {
    case .typed(let type): elementType = type
    case .untyped: elementType = .uint8
    case .unsupported(let type, _):
      let reason = "elements of \(type) are not supported"
      return try .unreadable(
        name, shape: shape, RepVGGError(.unsupported, reason, file: file.path))
    }
    if tensor.type != nil, case .typed(let stored) = storage.type, stored != elementType {
      throw RepVGGError(.badData, "is of \(elementType) in a storage of \(stored)")
    }
    let range = try byteRange(of: storage, in: place.range)
    do throws(RepVGGError) {
      let source = try StoredTensorSource(
        file: place.file, storage: range, elementType: elementType, elementOffset: tensor.offset,
        shape: shape, elementStrides: heap.integers(ofTuple: strides), isBigEndian: isBigEndian)
      guard source.count <= StoredTensorSource.elementLimit(in: file) - elementCount else {
        throw StoredTensorSource.repeats(shape, in: file)
      }
      elementCount += source.count
      return Tensor(shape: shape, source: source)
    } catch  where error.kind == .unsupported {
      return try .unreadable(name, shape: shape, error)
    }
  }

  private mutating func shape(of tensor: TorchTensor) -> [Int] {
    guard let tuple = tensor.shape else { return [] }
    if let shape = shapes[tuple] { return shape }
    let shape = heap.integers(ofTuple: tuple)
    shapes[tuple] = shape
    return shape
  }

  /// The bytes that tensors may use: for a view, only its own.
  private func byteRange(
    of storage: TorchStorage, in bytes: Range<Int>
  ) throws(RepVGGError) -> Range<Int> {
    guard let elementByteCount = storage.type.elementByteCount,
      storage.count <= bytes.count / elementByteCount
    else {
      throw RepVGGError(
        .badData,
        "its storage '\(heap.texts[storage.key].printable)' of \(storage.count) elements is larger"
          + " than its \(bytes.count) bytes")
    }
    // Views were checked against the number of elements when they were read.
    let start = bytes.lowerBound + storage.viewOffset * elementByteCount
    return start..<start + (storage.viewCount ?? storage.count) * elementByteCount
  }
}
