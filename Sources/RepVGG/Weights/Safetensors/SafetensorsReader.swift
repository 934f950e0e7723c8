/// Reads safetensors files: the length of a header, the header in JSON, then the elements.
///
/// The format is documented with its reference implementation, huggingface/safetensors; like it,
/// this reader wants the tensors to cover the bytes behind the header exactly.
package enum SafetensorsReader {
  /// The longest header that the format allows.
  package static let headerByteLimit = 100_000_000
  /// Bytes of the little-endian integer in front of the header.
  static let prefixByteCount = 8

  /// All tensors of a file; their elements stay in the file.
  ///
  /// - Throws: `badData` for a file that contradicts itself or the format, `unsupported` for an
  ///   element type that this library lacks; the error names file and tensor.
  package static func read(_ file: InputFile) throws(RepVGGError) -> Checkpoint {
    do throws(RepVGGError) {
      let headerLength = try file.integer(UInt64.self, at: 0)
      guard headerLength <= UInt64(headerByteLimit),
        Int(headerLength) <= file.byteCount - prefixByteCount
      else {
        throw RepVGGError(
          .badData,
          "claims a header of \(headerLength) bytes in a file of \(file.byteCount) bytes")
      }
      let dataStart = prefixByteCount + Int(headerLength)
      let text = try file.bytes(at: prefixByteCount, count: Int(headerLength))
      let header = try text.withBytes { bytes throws(RepVGGError) in
        try SafetensorsHeader(parsing: bytes)
      }
      try header.checkCoverage(dataByteCount: file.byteCount - dataStart)
      var tensors = [String: Tensor](minimumCapacity: header.entries.count)
      for entry in header.entries {
        tensors[entry.name] = try tensor(entry, in: file, dataStart: dataStart)
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
      // Coverage was checked: the end lies in the file, so nothing here can overflow.
      let storage = dataStart + entry.start..<dataStart + entry.end
      let source = try StoredTensorSource(
        file: file, storage: storage, elementType: entry.elementType, shape: entry.shape)
      let byteCount = source.count * entry.elementType.byteCount
      guard byteCount == storage.count else {
        throw RepVGGError(
          .badData,
          "shape \(entry.shape) of \(entry.elementType) takes \(byteCount) bytes, "
            + "its data_offsets hold \(storage.count)")
      }
      return Tensor(shape: entry.shape, source: source)
    } catch {
      throw error.inTensor(entry.name)
    }
  }
}
