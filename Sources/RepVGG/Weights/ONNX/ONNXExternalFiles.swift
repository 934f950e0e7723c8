import Glibc

/// The files beside a model that hold elements of its tensors.
///
/// A model may only name files in its own folder: it comes from strangers, and what it makes the
/// library read may go back to them.
struct ONNXExternalFiles {
  private let model: InputFile
  private var files: [UTF8Name: Entry] = [:]

  private struct Entry {
    let file: InputFile
    /// The elements of all tensors in it, which may share some.
    var elementCount = 0
  }

  init(of model: InputFile) { self.model = model }

  func checkUnchanged() throws(RepVGGError) {
    for entry in files.values { try entry.file.checkUnchanged() }
  }

  /// The elements that the entries of `external_data` describe.
  ///
  /// - Throws: `badData` if they leave the folder or the file, `missingInput` if there is no such
  ///   file.
  mutating func source(
    _ entries: [ONNXMetadata], elementType: ElementType, shape: [Int], count: Int
  ) throws(RepVGGError) -> any TensorSource {
    func entry(_ key: String) -> String? {
      entries.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }
    guard let location = entry("location"), !location.isEmpty else {
      throw RepVGGError(.badData, "its external data have no location")
    }
    let byteCount = count * elementType.byteCount
    let offset = try number(entry("offset"), "offset") ?? 0
    let length = try number(entry("length"), "length") ?? byteCount
    guard length == byteCount else {
      throw RepVGGError(
        .badData,
        "shape \(shape) of \(elementType) takes \(byteCount) bytes, its external data hold"
          + " \(length)")
    }
    let name = UTF8Name(location)
    var found: Entry
    if let known = files[name] { found = known } else { found = Entry(file: try open(location)) }
    guard offset <= found.file.byteCount, length <= found.file.byteCount - offset else {
      throw RepVGGError(
        .badData,
        "its external data, \(length) bytes at \(offset), leave the file of"
          + " \(found.file.byteCount) bytes", file: found.file.path)
    }
    guard count <= StoredTensorSource.elementLimit(in: found.file) - found.elementCount else {
      throw StoredTensorSource.repeats(shape, in: found.file)
    }
    found.elementCount += count
    files[name] = found
    return try StoredTensorSource(
      file: found.file, storage: offset..<offset + length, elementType: elementType, shape: shape)
  }

  private func number(_ text: String?, _ key: String) throws(RepVGGError) -> Int? {
    guard let text, !text.isEmpty else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw RepVGGError(.badData, "the \(key) of its external data is '\(text.printable)'")
    }
    return number
  }

  private func open(_ location: String) throws(RepVGGError) -> InputFile {
    let components = location.utf8.split(separator: UInt8(ascii: "/"))
    guard location.utf8.first != UInt8(ascii: "/"), !location.utf8.contains(0),
      !components.contains(where: { $0.elementsEqual("..".utf8) })
    else {
      throw RepVGGError(
        .badData,
        "its external data are to be in '\(location.printable)', which is not in the model's folder",
        file: model.path)
    }
    let path = Self.folder(of: model.path) + location
    // The file that holds the model may itself be reached by a link, as in Hugging Face's cache.
    if let target = Self.resolved(path) {
      let folders = [
        Self.resolved(Self.folder(of: model.path)),
        Self.resolved(model.path)
          .map { Self.folder(of: $0) },
      ]
      guard folders.contains(where: { $0.map { Self.isInside(target, $0) } ?? false }) else {
        throw RepVGGError(
          .badData,
          "its external data '\(location.printable)' are a link to a file outside of the"
            + " model's folder; copy the file there", file: model.path)
      }
    }
    do throws(RepVGGError) {
      return try InputFile(path: path)
    } catch {
      guard error.kind == .missingInput else { throw error }
      var missing = error
      missing.reason += "; the model stores weights in this file: copy it to the model's folder"
      throw missing
    }
  }

  /// The part of a path up to the last slash, which may be empty.
  private static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(path[...slash])
  }

  /// The path without links; nil if there is no such file.
  private static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path.isEmpty ? "." : path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func isInside(_ path: String, _ folder: String) -> Bool {
    guard path.utf8.starts(with: folder.utf8) else { return false }
    let rest = path.utf8.dropFirst(folder.utf8.count)
    return rest.isEmpty || folder.utf8.last == UInt8(ascii: "/") || rest.first == UInt8(ascii: "/")
  }
}
