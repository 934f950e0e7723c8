import Glibc

extension NPYArray {
  /// Reads an NPY file of version 1 to 3, or standard input if the path is `-`.
  ///
  /// Elements of a file are read when they are needed. From standard input one array is read; what
  /// follows it stays unread.
  ///
  /// - Throws: `missingInput` if the file cannot be opened, `inputOutput` if reading fails,
  ///   `badData` or `unsupported` for its content.
  public init(contentsOf path: String) throws(RepVGGError) {
    if path == "-" {
      try self.init(readingFrom: STDIN_FILENO, path: "standard input")
      return
    }
    do throws(RepVGGError) {
      let file = try InputFile(path: path) { start throws(RepVGGError) in
        let prefix = try start.bytes(
          at: 0, count: min(start.byteCount, NPYHeader.versionedMagicByteCount))
        _ = try NPYHeader.lengthByteCount(of: prefix)
      }
      try self.init(parsing: file)
    } catch {
      throw error.inFile(path)
    }
  }

  /// Reads one array from a pipe or another stream.
  package init(readingFrom descriptor: Int32, path: String) throws(RepVGGError) {
    do throws(RepVGGError) {
      var stream = InputStreamReader(descriptor: descriptor, path: path)
      let prefix = try stream.read(NPYHeader.versionedMagicByteCount)
      let lengthByteCount = try NPYHeader.lengthByteCount(of: prefix)
      let textByteCount = try NPYHeader.textByteCount(stream.read(lengthByteCount))
      let header = try NPYHeader(parsing: stream.read(textByteCount))
      var byteCount = header.elementType.byteCount
      for size in header.shape {
        let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
        guard !overflow else {
          throw RepVGGError(.badData, "its shape \(header.shape) is impossible")
        }
        byteCount = product
      }
      try stream.append(byteCount)
      let file = try stream.bytes.withBytes { bytes throws(RepVGGError) in
        try InputFile(copying: bytes, path: path)
      }
      try self.init(parsing: file)
    } catch {
      throw error.inFile(path)
    }
  }

  /// Writes an NPY file, or to standard output if the path is `-`.
  ///
  /// Elements keep their type, in row-major order. A file appears complete or not at all.
  ///
  /// - Throws: `cannotCreate` if the file cannot be created or exists and may not be replaced,
  ///   `inputOutput` if writing fails, `invalidArgument` for what the format cannot store.
  public func write(to path: String, replacing: Bool = false) throws(RepVGGError) {
    if path == "-" {
      try write(toDescriptor: STDOUT_FILENO, path: "standard output")
      return
    }
    do throws(RepVGGError) {
      let header = try NPYHeader.bytes(elementType: elementType, shape: shape)
      var file = try AtomicFile(path: path, replacing: replacing)
      try header.withBytes { bytes throws(RepVGGError) in try file.write(bytes) }
      try tensor.withStoredBytes { bytes throws(RepVGGError) in try file.write(bytes) }
      try file.commit()
    } catch {
      throw error.inFile(path)
    }
  }

  /// Writes to a pipe or another stream.
  package func write(toDescriptor descriptor: Int32, path: String) throws(RepVGGError) {
    do throws(RepVGGError) {
      let header = try NPYHeader.bytes(elementType: elementType, shape: shape)
      try tensor.withStoredBytes { elements throws(RepVGGError) in
        try header.withBytes { bytes throws(RepVGGError) in
          try bytes.writeAll(to: descriptor, path: path)
        }
        try elements.writeAll(to: descriptor, path: path)
      }
    } catch {
      throw error.inFile(path)
    }
  }
}

/// Reads a stream of unknown length piece by piece and keeps what was read.
///
/// Memory grows with the bytes that arrive, not with the number that a header announces.
private struct InputStreamReader {
  private let reader: PipeReader
  private(set) var bytes: [UInt8] = []

  init(descriptor: Int32, path: String) {
    reader = PipeReader(descriptor: descriptor, path: path)
  }

  /// Reads exactly this many more bytes and returns them.
  mutating func read(_ count: Int) throws(RepVGGError) -> [UInt8] {
    let start = bytes.count
    try append(count)
    return Array(bytes[start...])
  }

  /// Reads exactly this many more bytes.
  mutating func append(_ count: Int) throws(RepVGGError) {
    var remaining = count
    var piece = [UInt8](repeating: 0, count: min(max(remaining, 1), 1 << 20))
    while remaining > 0 {
      var received = 0
      try piece.withMutableBytes(min(remaining, piece.count)) { buffer throws(RepVGGError) in
        received = try reader.read(into: buffer)
      }
      guard received > 0 else {
        throw RepVGGError(.badData, "ends after \(bytes.count) bytes, \(remaining) are missing")
      }
      bytes += piece[..<received]
      remaining -= received
    }
  }
}
