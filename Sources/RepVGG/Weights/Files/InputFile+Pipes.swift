import CPlatform
import Glibc

extension InputFile {
  /// The most that is read from a pipe: several times the largest checkpoints of these families
  /// with their optimizer's state.
  private static let pipeByteLimit = 4 << 30
  /// The number of bytes that determine the format.
  private static let startByteCount = 4096

  /// A descriptor of an unnamed file in memory with everything that a pipe delivers.
  ///
  /// - Parameters:
  ///   - pipe: The pipe's descriptor.
  ///   - path: The pipe as the caller named it.
  ///   - checkStart: A check that runs before the rest is read, because a pipe may never end.
  /// - Returns: The descriptor, which the caller closes.
  /// - Throws: `inputOutput` if reading fails, `outOfMemory` if there is too little memory or no
  ///   end, `cancelled`, and what `checkStart` throws.
  static func copy(
    ofPipe pipe: Int32, path: String,
    checkStart: (InputFile) throws(RepVGGError) -> Void
  ) throws(RepVGGError) -> Int32 {
    let copy = rvgk_memory_file()
    guard copy >= 0 else {
      throw .system(.outOfMemory, "cannot be held", errorNumber: errno, file: path)
    }
    do throws(RepVGGError) {
      let reader = PipeReader(descriptor: pipe, path: path)
      var start: [UInt8] = []
      while start.count < startByteCount, let portion = try portion(of: reader) {
        start += portion
      }
      try start.withBytes { bytes throws(RepVGGError) in
        try checkStart(InputFile(copying: bytes, path: path))
        try bytes.writeAll(to: copy, path: path)
      }
      var byteCount = start.count
      while let portion = try portion(of: reader) {
        byteCount += portion.count
        guard byteCount <= pipeByteLimit else {
          throw RepVGGError(
            .outOfMemory, "brings more than \(pipeByteLimit) bytes; save them as a file first",
            file: path)
        }
        try portion.withBytes { bytes throws(RepVGGError) in
          try bytes.writeAll(to: copy, path: path)
        }
      }
    } catch {
      close(copy)
      throw error
    }
    return copy
  }

  /// The bytes that have arrived; nil at the end.
  private static func portion(of reader: PipeReader) throws(RepVGGError) -> [UInt8]? {
    var portion = [UInt8](repeating: 0, count: 1 << 16)
    var count = 0
    try portion.withMutableBytes(portion.count) { buffer throws(RepVGGError) in
      count = try reader.read(into: buffer)
    }
    return count == 0 ? nil : Array(portion[..<count])
  }
}
