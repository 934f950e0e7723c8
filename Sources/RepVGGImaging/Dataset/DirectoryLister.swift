import Glibc
import RepVGG

/// Finds the images in folders, in the order of their paths' bytes.
///
/// A file counts as an image by its extension, or, if that is unknown, by its first bytes. Hidden
/// entries (names that begin with a dot) and files that are not readable images are skipped and
/// counted. Links are followed, but every folder is entered once, so loops end.
struct DirectoryLister {
  /// What could not be listed.
  private(set) var problems: [RepVGGError] = []
  /// What was skipped.
  private(set) var skipped = SkippedEntries()
  private var visited: Set<FileIdentity> = []

  /// The extensions that count: those of torchvision's `ImageFolder` that can be read, and that of
  /// arrays.
  private static let imageExtensions: Set<String> = [
    "jpg", "jpeg", "jpe", "png", "webp", "ppm", "pgm", "pnm", "npy",
  ]

  /// Forgets which folders have been entered.
  mutating func forgetVisited() { visited.removeAll() }

  /// The images of a path: itself, or those in the folder.
  ///
  /// A path that does not exist is returned too: reading it reports the error.
  mutating func images(at path: String) -> [String] {
    guard !path.utf8.contains(0), let status = FileStatus(path), status.isDirectory else {
      return [path]
    }
    var found: [String] = []
    // What is still to be examined, the next one last.
    var pending = [(path: path, kind: EntryKind.directory)]
    while let (next, kind) = pending.popLast() {
      switch kind {
      case .directory:
        guard let identity = FileStatus(next)?.identity, visited.insert(identity).inserted else {
          continue
        }
        pending += entries(of: next).reversed().map { (Self.join(next, $0.name), $0.kind) }
      case .regular:
        if let kind = Self.hasImageExtension(next) ? nil : Self.unreadableKind(next) {
          skipped.add(kind)
        } else {
          found.append(next)
        }
      case .missing where Self.hasImageExtension(next):
        // A broken link: listed, so that reading it reports the error.
        found.append(next)
      default:
        continue
      }
    }
    return found
  }

  /// The names of the folders in a folder, sorted by bytes.
  mutating func classFolders(of directory: String) throws(RepVGGError) -> [String] {
    guard !directory.utf8.contains(0), let status = FileStatus(directory) else {
      throw RepVGGError(.missingInput, "cannot open: \(systemMessage())", file: directory)
    }
    guard status.isDirectory else {
      throw RepVGGError(.missingInput, "is not a folder of class folders", file: directory)
    }
    let problemCount = problems.count
    let found = entries(of: directory)
    let names = found.filter { $0.kind == .directory }.map(\.name)
    for entry in found where entry.kind == .regular { skipped.add(SkippedEntries.outside) }
    if names.isEmpty, problems.count > problemCount { throw problems[problemCount] }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// A name in a folder.
  static func join(_ directory: String, _ name: String) -> String {
    directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }

  /// What an entry refers to; links are followed.
  private enum EntryKind { case directory, regular, missing, other }

  private struct Entry {
    let name: String
    let kind: EntryKind
  }

  /// The visible entries of a folder, in the order of the paths that begin with them.
  private mutating func entries(of directory: String) -> [Entry] {
    guard let stream = opendir(directory) else {
      problems.append(
        RepVGGError(.missingInput, "cannot list: \(systemMessage())", file: directory))
      return []
    }
    defer { closedir(stream) }
    var found: [(entry: Entry, key: [UInt8])] = []
    errno = 0
    while let entry = readdir(stream) {
      var name = Self.nameBytes(of: entry)
      guard name.first != UInt8(ascii: ".") else {
        if name != [0x2e], name != [0x2e, 0x2e] { skipped.add(SkippedEntries.hidden) }
        continue
      }
      guard let text = String(validating: name, as: UTF8.self) else {
        let shown = String(decoding: name, as: UTF8.self)
        problems.append(
          RepVGGError(
            .missingInput, "the name is not UTF-8", file: Self.join(directory, shown)))
        continue
      }
      let kind = Self.kind(of: entry, path: Self.join(directory, text))
      // A folder's paths continue with a slash, which decides their order.
      if kind == .directory { name.append(UInt8(ascii: "/")) }
      found.append((Entry(name: text, kind: kind), name))
      errno = 0
    }
    if errno != 0 {
      problems.append(
        RepVGGError(.inputOutput, "cannot list: \(systemMessage())", file: directory))
    }
    return found.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.entry)
  }

  private static func kind(
    of entry: UnsafeMutablePointer<dirent>, path: String
  ) -> EntryKind {
    // The directory itself has the type of most entries; a call for each of a million files would
    // take seconds.
    switch Int(entry.pointee.d_type) {
    case Int(DT_REG): return .regular
    case Int(DT_DIR): return .directory
    default: break
    }
    guard let status = FileStatus(path) else { return .missing }
    return status.isDirectory ? .directory : status.isRegular ? .regular : .other
  }

  private static func nameBytes(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
  }

  private static func hasImageExtension(_ path: String) -> Bool {
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return false }
    return imageExtensions.contains(path[path.index(after: dot)...].lowercased())
  }

  /// The kind of a file whose first bytes are not those of a readable image; nil for an image.
  private static func unreadableKind(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return SkippedEntries.other }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(
      byteCount: ImageFormat.signatureByteCount, alignment: 1
    ) { buffer in
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      guard count > 0 else { return SkippedEntries.other }
      let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
      if ImageFormat(signatureOf: bytes) != nil { return nil }
      return ImageFormat.unsupportedName(signatureOf: bytes) ?? SkippedEntries.other
    }
  }
}

/// The file to which a path leads.
private struct FileIdentity: Hashable {
  let device: UInt
  let number: UInt
}

/// What a path leads to; links are followed.
private struct FileStatus {
  let identity: FileIdentity
  let isDirectory: Bool
  let isRegular: Bool

  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    identity = FileIdentity(device: UInt(status.st_dev), number: UInt(status.st_ino))
    isDirectory = status.st_mode & S_IFMT == S_IFDIR
    isRegular = status.st_mode & S_IFMT == S_IFREG
  }
}
