import CZlib

/// Decompresses DEFLATE (RFC 1951): members of zip archives that were repacked.
enum Inflate {
  /// Fills the output with the decompressed stream, which must have exactly this size.
  ///
  /// The output's size is known before, so hostile input costs no more than that.
  ///
  /// - Throws: `badData` if the stream is damaged or has another length, `outOfMemory`.
  static func decompress(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(RepVGGError) {
    var stream = z_stream()
    // Negative: a bare stream, without the header of zlib or gzip.
    let windowBits: Int32 = -15
    guard
      inflateInit2_(
        &stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw RepVGGError(.outOfMemory, "zlib has no memory left") }
    defer { inflateEnd(&stream) }
    var (readCount, writtenCount) = (0, 0)
    var status = Z_OK
    // zlib counts in 32 bits.
    let portion = 1 << 30
    while status == Z_OK {
      let source = UnsafeMutableRawBufferPointer(mutating: input)
      stream.next_in = source.baseAddress?.assumingMemoryBound(to: Bytef.self) + readCount
      stream.avail_in = uInt(min(portion, input.count - readCount))
      stream.next_out = output.baseAddress?.assumingMemoryBound(to: Bytef.self) + writtenCount
      stream.avail_out = uInt(min(portion, output.count - writtenCount))
      let (offered, room) = (stream.avail_in, stream.avail_out)
      status = inflate(&stream, Z_NO_FLUSH)
      readCount += Int(offered - stream.avail_in)
      writtenCount += Int(room - stream.avail_out)
    }
    guard status == Z_STREAM_END, writtenCount == output.count else {
      throw RepVGGError(
        .badData,
        "its compressed bytes are damaged: they do not stand for \(output.count) bytes")
    }
  }
}

/// An advanced pointer, or nil for nil.
private func + (pointer: UnsafeMutablePointer<Bytef>?, count: Int) -> UnsafeMutablePointer<Bytef>? {
  pointer.map { $0 + count }
}
