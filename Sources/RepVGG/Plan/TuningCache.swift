import Glibc

/// Tuned choices kept on disk, by CPU, layers, input and threads.
///
/// A text file of ``TuningDocument``'s lines. One that is missing, broken or of another version holds
/// nothing, and is replaced at the next store.
package enum TuningCache {
  /// Larger files are not tuning files.
  private static let byteLimit = 1 << 26

  /// `$XDG_CACHE_HOME/repvgg/tuning.txt`, or below `~/.cache`; `REPVGG_TUNING` names another.
  ///
  /// Nil where the user has no home: in a folder that others can write to, the file would be anybody's.
  package static func defaultPath(environment: [String: String]) -> String? {
    if let path = environment["REPVGG_TUNING"], !path.isEmpty { return path }
    func folder(_ name: String) -> String? {
      environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
    let root = folder("XDG_CACHE_HOME") ?? folder("HOME").map { $0 + "/.cache" }
    return root.map { $0 + "/repvgg/tuning.txt" }
  }

  /// What a choice depends on: kernels and caches, the layers that run together, options.
  package static func key(
    _ layers: [ConvolutionLayer], input: InputShape, options: PlanOptions
  ) -> String {
    let machine = Machine.current
    return [
      CPUIdentity.current.line, machine.kernels.name, "\(machine.caches.level2ByteCount)",
      "\(layers.count) layers \(digest(layers))", options.form.rawValue, options.policy.rawValue,
      options.algorithm.rawValue, input.description, "\(options.threadCount)",
    ].joined(separator: "|")
  }

  /// A number for a list of layers, the same in every process: FNV-1a over their lines.
  private static func digest(_ layers: [ConvolutionLayer]) -> String {
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in layers.map(\.line).joined(separator: "\n").utf8 {
      digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    return String(digest, radix: 16)
  }

  /// The choices stored for a key by the lines of their layers, and a warning where the file cannot be used.
  package static func choices(
    for key: String, in path: String
  ) -> (choices: [String: ConvolutionChoice], warning: String?) {
    do throws(RepVGGError) {
      guard let document = try document(in: path) else { return ([:], nil) }
      return (document.entries[TuningDocument.line(key)] ?? [:], nil)
    } catch {
      return ([:], "\(error); it is ignored")
    }
  }

  /// Stores the choices for a key by the lines of their layers, keeping those of others, also of processes that store now.
  ///
  /// - Throws: `cannotCreate` or `inputOutput` where the file cannot be written.
  package static func store(
    _ choices: [String: ConvolutionChoice], for key: String, in path: String
  ) throws(RepVGGError) {
    makeFolders(above: path)
    try FolderLock.around(path) { () throws(RepVGGError) in
      var document = TuningDocument()
      do throws(RepVGGError) {
        document = try Self.document(in: path) ?? document
      } catch {
        // Nothing in it can be used, so nothing is lost.
      }
      document.entries[TuningDocument.line(key)] = choices
      var file = try AtomicFile(path: path, replacing: true)
      try Array(document.text.utf8).withBytes { bytes throws(RepVGGError) in
        try file.write(bytes)
      }
      try file.commit()
    }
  }

  /// What a file holds, nil where there is none.
  private static func document(in path: String) throws(RepVGGError) -> TuningDocument? {
    guard access(path, F_OK) == 0 else { return nil }
    let file = try InputFile(path: path)
    guard file.byteCount <= byteLimit else {
      throw RepVGGError(.badData, "is too large for a tuning file", file: path)
    }
    do throws(RepVGGError) {
      return try TuningDocument(file.contents())
    } catch {
      throw error.inFile(path)
    }
  }

  /// Makes the folders that a path names; one that cannot be made shows when the file is created.
  private static func makeFolders(above path: String) {
    for index in path.utf8.indices
    where path.utf8[index] == UInt8(ascii: "/") && index > path.startIndex {
      mkdir(String(path[..<index]), 0o777)
    }
  }
}
