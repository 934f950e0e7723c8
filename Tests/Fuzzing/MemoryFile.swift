import FuzzingSupport
import Glibc

/// An input as a file, which is what the library reads; kept in memory and gone with the value.
struct MemoryFile: ~Copyable {
  let path: String
  private let descriptor: CInt

  /// - Parameters:
  ///   - bytes: The file's beginning.
  ///   - byteCount: Its size, zeros behind the bytes; nil for as many as there are bytes.
  init(_ bytes: [UInt8], byteCount: Int? = nil) {
    descriptor = rvgk_fuzz_memory_file()
    path = "/proc/self/fd/\(descriptor)"
    guard descriptor >= 0, bytes.write(to: descriptor),
      ftruncate(descriptor, byteCount ?? bytes.count) == 0
    else { fatalError("no file can be made in memory") }
  }

  deinit { close(descriptor) }
}

extension [UInt8] {
  /// Writes all bytes; false where the system does not take them.
  fileprivate func write(to descriptor: CInt) -> Bool {
    withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Glibc.write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }
  }

  /// Creates a file.
  func write(to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard descriptor >= 0, write(to: descriptor) else { throw FixtureError(path: path) }
    close(descriptor)
  }

  /// A file's bytes.
  init(contentsOf path: String) throws {
    guard let file = fopen(path, "r") else { throw FixtureError(path: path) }
    defer { fclose(file) }
    self = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&block, 1, block.count, file)
      if count == 0 { break }
      append(contentsOf: block[..<count])
    }
  }
}

/// A file that seeds need and that is not there.
struct FixtureError: Error { let path: String }

/// The files of one folder below `Tests/Fixtures` whose names end in one of some ways.
struct FixtureFiles: Sendable {
  let folder: String
  let suffixes: [String]
  /// Larger files teach a fuzzer little and make it slow.
  var maximumByteCount = 1 << 18

  init(_ folder: String, _ suffixes: String..., maximumByteCount: Int = 1 << 18) {
    self.folder = folder
    self.suffixes = suffixes
    self.maximumByteCount = maximumByteCount
  }

  func contents() throws -> [[UInt8]] {
    let path = "Tests/Fixtures/\(folder)"
    guard let directory = opendir(path) else { throw FixtureError(path: path) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if suffixes.contains(where: name.hasSuffix) { names.append(name) }
    }
    guard !names.isEmpty else { throw FixtureError(path: path) }
    return try names.sorted().map { try [UInt8](contentsOf: "\(path)/\($0)") }
      .filter { $0.count <= maximumByteCount }
  }
}
