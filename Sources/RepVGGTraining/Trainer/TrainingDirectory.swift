import Foundation
import RepVGG

/// The folder of a training run: the network, the state to resume from, the log.
///
/// Every file appears complete or not at all; a run that is killed resumes from the last state.
public struct TrainingDirectory: Sendable, Hashable {
  /// The folder.
  public let path: String

  /// The network in trained form under official names.
  public var modelPath: String { "\(path)/model.safetensors" }
  /// Everything a run in this folder needs to continue.
  public var statePath: String { Self.statePath(in: path) }
  /// Everything a run in a folder needs to continue.
  public static func statePath(in path: String) -> String { "\(path)/state.safetensors" }
  /// One JSON object a line, one line an epoch.
  public var logPath: String { "\(path)/log.jsonl" }

  /// A folder, which is created where it does not exist.
  ///
  /// - Throws: `cannotCreate` where it cannot be.
  public init(path: String) throws {
    self.path = path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw RepVGGError(.cannotCreate, "the folder cannot be created", file: path)
    }
  }

  /// The state of a run that was here before; nil if there was none.
  ///
  /// - Throws: `badData` where the file is damaged.
  public func savedState() throws -> Checkpoint? { try Self.savedState(in: path) }

  /// The state of a run in a folder that need not exist; nil if there is none.
  ///
  /// - Throws: `badData` where the file is damaged.
  public static func savedState(in path: String) throws -> Checkpoint? {
    let state = statePath(in: path)
    guard FileManager.default.fileExists(atPath: state) else { return nil }
    return try Checkpoint(contentsOf: state)
  }

  /// Writes network, log and state of a run; the state last, so that it is never ahead.
  ///
  /// - Parameters:
  ///   - trainer: The run.
  ///   - metadata: What the network's file says of itself.
  /// - Throws: `cannotCreate` or `inputOutput` with the file.
  public func save<Scalar: TrainingScalar>(
    _ trainer: Trainer<Scalar>, metadata: [String: String] = [:]
  ) throws {
    try trainer.network.checkpoint(metadata: metadata).write(
      safetensors: modelPath, replacing: true)
    var lines = ""
    for record in trainer.records { lines += try Trainer<Scalar>.encoded(record) + "\n" }
    try write(lines, to: logPath)
    try trainer.state().write(safetensors: statePath, replacing: true)
  }

  private func write(_ text: String, to path: String) throws {
    var file = try AtomicFile(path: path, replacing: true)
    let bytes = Array(text.utf8)
    do {
      try bytes.withUnsafeBytes { try file.write($0) }
      try file.commit()
    } catch let error as RepVGGError { throw error.inFile(path) }
  }
}
