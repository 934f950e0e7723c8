import CommandLineKit
import Foundation
import RepVGG
import RepVGGImaging
import TextFormats

extension ModelConfiguration {
  /// Whether it contains anything that a network's file does not.
  var isEmpty: Bool {
    var copy = self
    copy.architecture = nil
    copy.classCount = nil
    return copy == ModelConfiguration()
  }

  /// The configuration as `config.json`, with the keys of the hub's files.
  var json: JSONValue {
    var object: JSONObject = [:]
    object["architecture"] = architecture.map { .string($0) }
    object["num_classes"] = classCount.map { .integer($0) }
    object["input_size"] = inputSize.map { JSONValue($0) }
    object["crop_pct"] = cropFraction.map { .double($0) }
    object["crop_mode"] = cropMode.map { .string($0) }
    object["interpolation"] = interpolation.map { .string($0) }
    object["mean"] = mean.map { JSONValue($0) }
    object["std"] = standardDeviation.map { JSONValue($0) }
    object["strides"] = strides.map { JSONValue($0) }
    object["label_names"] = classNames.map(Self.json)
    return .object(object)
  }

  /// A list if every class up to the last one has a name, else an object from index to name.
  private static func json(_ names: [Int: String]) -> JSONValue {
    let indices = names.keys.sorted()
    if indices.last == indices.count - 1 { return JSONValue(indices.compactMap { names[$0] }) }
    var object: JSONObject = [:]
    for index in indices { object["\(index)"] = names[index].map { .string($0) } }
    return .object(object)
  }

  /// The metadata of a network's file that contain it; none if it is empty.
  var metadata: [String: String] {
    isEmpty ? [:] : [StatedNetwork.metadataKey: JSONWriter(.compact).text(json)]
  }
}

/// The configuration that is written beside a network's file.
///
/// It is `config.json` if the folder has none, or one with the same values. If the folder has the
/// `config.json` of another network it is `NAME.config.json`, which readers look for first.
struct ConfigurationFile {
  /// The path to write; nil if nothing has to be written.
  let path: String?
  /// Why the network may be mistaken for another one; nil if it cannot.
  let warning: String?
  private let text: String
  private let replaces: Bool

  /// Decides where a configuration is written; nothing is written yet.
  ///
  /// - Parameters:
  ///   - configuration: The configuration of the network.
  ///   - weightsPath: The network's file.
  ///   - replaces: Whether a file that belongs only to the network's file may be replaced.
  ///   - ownsFolder: Whether the folder's `config.json` may be replaced too.
  /// - Throws: `cannotCreate` if `NAME.config.json` exists and may not be replaced.
  init(
    _ configuration: ModelConfiguration, beside weightsPath: String, replaces: Bool,
    ownsFolder: Bool = false
  ) throws(RepVGGError) {
    let own = ModelConfiguration.ownPath(weightsPath: weightsPath)
    let shared = ModelConfiguration.sharedPath(weightsPath: weightsPath)
    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
    func saysTheSame(_ path: String) -> Bool {
      guard var found = try? ModelConfiguration(contentsOf: path) else { return false }
      found.architecture = found.architecture ?? configuration.architecture
      found.classCount = found.classCount ?? configuration.classCount
      return found == configuration
    }
    self.replaces = replaces || ownsFolder
    text = JSONWriter().text(configuration.json) + "\n"
    if exists(own) {
      // It would be read whatever it contains, so its contents must be right.
      if !saysTheSame(own), !replaces {
        throw RepVGGError(.cannotCreate, "exists; give --force to replace it", file: own)
      }
      path = saysTheSame(own) ? nil : own
    } else if configuration.isEmpty || exists(shared) && saysTheSame(shared) {
      path = nil
    } else {
      path = exists(shared) && !ownsFolder ? own : shared
    }
    warning =
      configuration.isEmpty && path == nil && exists(shared)
      ? "\(shared) will be taken for the preprocessing of \(weightsPath), which has none of its own"
      : nil
  }

  /// Writes the file, or prints the warning that there is none.
  ///
  /// - Throws: `cannotCreate` or `inputOutput` with the file.
  func write(_ arguments: Arguments) throws {
    if let warning {
      StandardError.write("\(arguments.tool.name): warning: \(warning.escapedForDisplay)\n")
    }
    guard let path else { return }
    do {
      var file = try AtomicFile(path: path, replacing: replaces)
      try Array(text.utf8).withUnsafeBytes { try file.write($0) }
      try file.commit()
    } catch let error as RepVGGError { throw error.inFile(path) }
  }
}
