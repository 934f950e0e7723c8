import Glibc

/// Writes ONNX files, the same bytes for the same model.
package enum ONNXWriter {
  /// The largest file that Protocol Buffers can read.
  package static let byteLimit = Int(Int32.max)

  /// Writes a model; every tensor keeps its element type, as `raw_data`.
  ///
  /// A model of more than `byteLimit` bytes has its initializers of at least 1024 bytes in a second
  /// file of the same name with `.data` after it. That file appears first, so a model never names
  /// one that is not complete.
  ///
  /// - Throws: `cannotCreate` if a file cannot be created or may not be replaced, `inputOutput` if
  ///   writing fails, `unsupported` and `invalidArgument` for what ONNX or the library cannot store.
  ///   Nothing is left on the disk in these cases.
  package static func write(
    _ model: ONNXModel, to path: String, replacing: Bool, byteLimit: Int = byteLimit
  ) throws(RepVGGError) {
    do throws(RepVGGError) {
      var encoder = ONNXEncoder()
      let message = try encoder.model(model)
      if message.byteCount <= byteLimit {
        var file = try AtomicFile(path: path, replacing: replacing)
        try write(message, to: &file)
        try file.commit()
      } else {
        try writeWithData(model, to: path, replacing: replacing, byteLimit: byteLimit)
      }
    } catch {
      throw error.inFile(path)
    }
  }

  private static func writeWithData(
    _ model: ONNXModel, to path: String, replacing: Bool, byteLimit: Int
  ) throws(RepVGGError) {
    let dataPath = path + ".data"
    let name = dataPath.utf8.split(separator: UInt8(ascii: "/")).last.map { String($0) }
    var encoder = ONNXEncoder(external: ONNXExternalLayout(location: (name ?? nil) ?? dataPath))
    let message = try encoder.model(model)
    guard message.byteCount <= byteLimit else {
      throw RepVGGError(
        .unsupported,
        "would have \(message.byteCount) bytes without its large tensors, ONNX"
          + " allows \(byteLimit)")
    }
    let existed = access(dataPath, F_OK) == 0
    var file = try AtomicFile(path: path, replacing: replacing)
    var data = try AtomicFile(path: dataPath, replacing: replacing)
    var position = 0
    for (offset, tensor) in encoder.external?.tensors ?? [] {
      try [UInt8](repeating: 0, count: offset - position).withBytes {
        bytes throws(RepVGGError) in try data.write(bytes)
      }
      position = offset + (try write(tensor, to: &data))
    }
    try write(message, to: &file)
    try data.commit()
    do throws(RepVGGError) {
      try file.commit()
    } catch {
      if !existed { unlink(dataPath) }
      throw error
    }
  }

  /// Writes a message with the elements of its tensors.
  private static func write(
    _ message: ONNXMessageBuilder, to file: inout AtomicFile
  ) throws(RepVGGError) {
    // Small parts are collected: a model may have many thousands of small tensors.
    var pending: [UInt8] = []
    var position = 0
    for payload in message.payloads {
      pending += message.bytes[position..<payload.position]
      position = payload.position
      if try payload.tensor.storedByteCount < smallByteCount {
        try forEachPiece(of: payload.tensor) { bytes in pending += bytes }
      } else {
        try flush(&pending, to: &file)
        try write(payload.tensor, to: &file)
      }
      if pending.count >= smallByteCount { try flush(&pending, to: &file) }
    }
    pending += message.bytes[position...]
    try flush(&pending, to: &file)
  }

  private static let smallByteCount = 1 << 16

  private static func flush(
    _ pending: inout [UInt8], to file: inout AtomicFile
  ) throws(RepVGGError) {
    try pending.withBytes { bytes throws(RepVGGError) in try file.write(bytes) }
    pending.removeAll(keepingCapacity: true)
  }

  /// Writes the elements of a tensor piece by piece.
  ///
  /// - Returns: The number of bytes.
  @discardableResult
  private static func write(
    _ tensor: Tensor, to file: inout AtomicFile
  ) throws(RepVGGError) -> Int {
    var byteCount = 0
    try forEachPiece(of: tensor) { bytes throws(RepVGGError) in
      try file.write(bytes)
      byteCount += bytes.count
    }
    return byteCount
  }

  /// Reads the stored elements of a tensor piece by piece.
  private static func forEachPiece(
    of tensor: Tensor, _ body: (UnsafeRawBufferPointer) throws(RepVGGError) -> Void
  ) throws(RepVGGError) {
    do throws(RepVGGError) {
      for piece in tensor.pieces { try piece.withStoredBytes(body) }
    } catch {
      throw error.kind == .invalidArgument ? error.inTensor(tensor.name) : error
    }
  }
}

extension Tensor {
  /// Elements of a piece: few enough to be held, enough for long reads and writes.
  private static let pieceElementCount = 1 << 20

  /// Bytes of all elements as they are stored.
  ///
  /// - Throws: `invalidArgument` if they are too many.
  var storedByteCount: Int {
    get throws(RepVGGError) {
      let (byteCount, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
      guard !overflow else { throw RepVGGError(.invalidArgument, "is too large") }
      return byteCount
    }
  }

  /// The tensor in pieces one after the other; the whole one if its source cannot be divided.
  fileprivate var pieces: [Tensor] {
    var pieces: [Tensor] = []
    for start in stride(from: 0, to: count, by: Self.pieceElementCount) {
      let range = start..<min(start + Self.pieceElementCount, count)
      guard let source = source.slice(range) else { return [self] }
      pieces.append(Tensor(shape: [range.count], source: source, name: name))
    }
    return pieces
  }
}
