/// Reads safetensors files: the length of a header, the header in JSON, then the elements.
///
/// The format is documented with its reference implementation, huggingface/safetensors. Like it,
/// this reader requires that the tensors cover the bytes after the header exactly.
package enum SafetensorsReader {
  /// The longest header that the format allows.
  package static let headerByteLimit = 100_000_000
  /// Bytes of the little-endian integer before the header.
  static let prefixByteCount = 8

  /// All tensors of a file; their elements stay in the file.
  ///
  /// - Throws: `badData` for a file that contradicts itself or the format; the error names file and
  ///   tensor. If the library does not support an element type, only reading these elements is an
  ///   error.
  package static func read(_ file: InputFile) throws(RepVGGError) -> Checkpoint {
    do throws(RepVGGError) {
      let headerLength = try file.integer(UInt64.self, at: 0)
      guard headerLength <= UInt64(headerByteLimit) else {
        throw RepVGGError(
          .badData,
          "claims a header of \(headerLength) bytes in a file of \(file.byteCount) bytes")
      }
      guard Int(headerLength) <= file.byteCount - prefixByteCount else {
        throw RepVGGError(
          .badData,
          "is cut short at \(file.byteCount) bytes, in its header of \(headerLength) bytes; copy or"
            + " download it again")
      }
      let dataStart = prefixByteCount + Int(headerLength)
      let text = try file.bytes(at: prefixByteCount, count: Int(headerLength))
      let header = try text.withBytes { bytes throws(RepVGGError) in
        try SafetensorsHeader(parsing: bytes)
      }
      try header.checkCoverage(
        dataByteCount: file.byteCount - dataStart, dataStart: dataStart)
      var tensors = [String: Tensor](minimumCapacity: header.entries.count)
      for entry in header.entries {
        let tensor = try tensor(entry, in: file, dataStart: dataStart)
        guard tensors.updateValue(tensor, forKey: entry.name) == nil else {
          throw RepVGGError(.badData, "two names differ in their spelling only").inTensor(
            entry.name)
        }
      }
      return Checkpoint(
        tensors: tensors, metadata: header.metadata, format: .safetensors, file: file.path)
    } catch {
      throw error.inFile(file.path)
    }
  }

  private static func tensor(
    _ entry: SafetensorsHeader.Entry, in file: InputFile, dataStart: Int
  ) throws(RepVGGError) -> Tensor {
    do throws(RepVGGError) {
      guard let elementType = ElementType(safetensorsName: entry.typeName) else {
        let reason = "elements of type '\(entry.typeName.printable)' are not supported"
        return try .unreadable(
          entry.name, shape: entry.shape, RepVGGError(.unsupported, reason, file: file.path))
      }
      // Coverage was checked: the end is in the file, so nothing here can overflow.
      let storage = dataStart + entry.start..<dataStart + entry.end
      let source = try StoredTensorSource(
        file: file, storage: storage, elementType: elementType, shape: entry.shape)
      let byteCount = source.count * elementType.byteCount
      guard byteCount == storage.count else {
        throw RepVGGError(
          .badData,
          "shape \(entry.shape) of \(elementType) takes \(byteCount) bytes, "
            + "its data_offsets hold \(storage.count)")
      }
      return Tensor(shape: entry.shape, source: source)
    } catch {
      throw error.inTensor(entry.name)
    }
  }
}
