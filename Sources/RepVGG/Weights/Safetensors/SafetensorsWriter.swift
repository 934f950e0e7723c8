import TextFormats

/// Writes safetensors files, the same bytes for the same tensors.
///
/// Larger element types come first and names are sorted among equal ones, as in the reference
/// implementation. Every tensor is therefore aligned to its elements without gaps, which the format
/// forbids.
package enum SafetensorsWriter {
  /// Writes tensors one after the other, each in its own element type.
  ///
  /// - Throws: `cannotCreate` if the file cannot be created or may not be replaced, `inputOutput`
  ///   if writing fails, `invalidArgument` for tensors that the format cannot store. Nothing is
  ///   left on the disk in these cases.
  package static func write(
    _ tensors: [String: Tensor], metadata: [String: String], to path: String, replacing: Bool
  ) throws(RepVGGError) {
    do throws(RepVGGError) {
      let ordered = tensors.sorted { left, right in
        let (leftSize, rightSize) = (
          left.value.elementType.byteCount, right.value.elementType.byteCount
        )
        return leftSize != rightSize
          ? leftSize > rightSize : left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
      }
      let header = try header(of: ordered, metadata: metadata)
      var file = try AtomicFile(path: path, replacing: replacing)
      try header.withBytes { bytes throws(RepVGGError) in try file.write(bytes) }
      for (name, tensor) in ordered {
        do throws(RepVGGError) {
          try tensor.withStoredBytes { bytes throws(RepVGGError) in try file.write(bytes) }
        } catch {
          throw error.kind == .invalidArgument ? error.inTensor(name) : error
        }
      }
      try file.commit()
    } catch {
      throw error.inFile(path)
    }
  }

  /// The length and the JSON text, padded with spaces to a multiple of 8 bytes.
  private static func header(
    of tensors: [(key: String, value: Tensor)], metadata: [String: String]
  ) throws(RepVGGError) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let entries = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\($0.key.jsonQuoted):\($0.value.jsonQuoted)" }
      members.append("\"\(SafetensorsHeader.metadataKey)\":{\(entries.joined(separator: ","))}")
    }
    var position = 0
    for (name, tensor) in tensors {
      guard name != SafetensorsHeader.metadataKey else {
        throw RepVGGError(.invalidArgument, "the format reserves this name").inTensor(name)
      }
      guard let typeName = tensor.elementType.safetensorsName else {
        throw tensor.obstacle ?? RepVGGError(.invalidArgument, "has no elements").inTensor(name)
      }
      let (size, sizeOverflow) = tensor.count.multipliedReportingOverflow(
        by: tensor.elementType.byteCount)
      let (end, endOverflow) = position.addingReportingOverflow(size)
      guard !sizeOverflow, !endOverflow else {
        throw RepVGGError(.invalidArgument, "the tensors are too large").inTensor(name)
      }
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(name.jsonQuoted):{\"dtype\":\"\(typeName)\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(position),\(end)]}")
      position = end
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    guard text.count <= SafetensorsReader.headerByteLimit else {
      throw RepVGGError(.invalidArgument, "names and metadata take too many bytes")
    }
    return withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text
  }
}
