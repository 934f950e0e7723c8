import Foundation

/// Tuned choices kept on disk, by CPU, network, input and threads.
///
/// One JSON document maps keys to choices by layer. A file that is missing, broken or of another
/// version holds nothing, and is replaced at the next store.
package enum TuningCache {
  /// Rises when choices or keys change their meaning.
  private static let version = 1

  private struct Document: Codable {
    var version: Int
    var entries: [String: [String: LayerChoice]]
  }

  /// `$XDG_CACHE_HOME/repvgg/tuning.json`, or below `~/.cache`; `REPVGG_TUNING` names another.
  package static func defaultPath(environment: [String: String]) -> String {
    if let path = environment["REPVGG_TUNING"], !path.isEmpty { return path }
    let root =
      environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
      ?? (environment["HOME"] ?? "/tmp") + "/.cache"
    return root + "/repvgg/tuning.json"
  }

  /// What a choice depends on: kernels and caches, architecture and form, input, threads.
  package static func key(_ network: Network, input: InputShape, options: PlanOptions) -> String {
    let architecture = network.architecture
    let machine = Machine.current
    let stages = architecture.stages.map { "\($0.blockCount)x\($0.channels)" }
    let groups = architecture.groupsByLayer.sorted { $0.key < $1.key }.map {
      "\($0.key):\($0.value)"
    }
    return [
      CPUIdentity.current, Kernels.selected.name, "\(machine.caches.level2ByteCount)",
      stages.joined(separator: ","), groups.joined(separator: ","),
      architecture.gate?.placement.rawValue ?? "", options.form.rawValue, options.policy.rawValue,
      options.algorithm.rawValue, input.description, "\(options.threadCount)",
    ].joined(separator: "|")
  }

  /// The choices stored for a key, and a warning where the file cannot be used.
  package static func choices(
    for key: String, in path: String
  ) -> (choices: [String: LayerChoice], warning: String?) {
    guard let data = FileManager.default.contents(atPath: path) else { return ([:], nil) }
    guard data.count < 1 << 26, let document = try? JSONDecoder().decode(Document.self, from: data)
    else { return ([:], "\(path): is no tuning file and is ignored") }
    guard document.version == version else {
      return ([:], "\(path): is of version \(document.version), not \(version), and is ignored")
    }
    return (document.entries[key] ?? [:], nil)
  }

  /// Stores the choices for a key, keeping those of others.
  ///
  /// - Throws: `cannotCreate` where the file cannot be written.
  package static func store(
    _ choices: [String: LayerChoice], for key: String, in path: String
  ) throws(RepVGGError) {
    var document = Document(version: version, entries: [:])
    if let data = FileManager.default.contents(atPath: path),
      let old = try? JSONDecoder().decode(Document.self, from: data), old.version == version
    {
      document = old
    }
    document.entries[key] = choices
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    do {
      let folder = (path as NSString).deletingLastPathComponent
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      try encoder.encode(document).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw RepVGGError(.cannotCreate, "cannot be written", file: path)
    }
  }
}
