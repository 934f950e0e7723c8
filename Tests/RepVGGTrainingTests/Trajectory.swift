import Foundation
import RepVGG
import RepVGGTraining
import Testing

/// A folder with an official training run, as its `meta.json` and file names describe it.
struct Trajectory: Sendable, CustomTestStringConvertible {
  let folder: URL
  var testDescription: String { folder.lastPathComponent }

  /// The folders of the fixtures and of `$REPVGG_TRAJECTORIES` that hold a run.
  static var all: [Trajectory] {
    var roots = [TrainingFixture.folder]
    if let path = ProcessInfo.processInfo.environment["REPVGG_TRAJECTORIES"], !path.isEmpty {
      roots.append(URL(filePath: path))
    }
    return roots.flatMap { root -> [Trajectory] in
      let children =
        (try? FileManager.default.contentsOfDirectory(
          at: root, includingPropertiesForKeys: nil)) ?? []
      return ([root] + children).filter {
        FileManager.default.fileExists(atPath: $0.appending(path: "batches.safetensors").path)
      }.sorted { $0.path < $1.path }.map { Trajectory(folder: $0) }
    }
  }

  /// A file of tensors, if it is there.
  func file(_ name: String) throws -> Checkpoint? {
    let url = folder.appending(path: "\(name).safetensors")
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    return try Checkpoint(contentsOf: url.path)
  }

  /// The names of all tensor files, without their ending.
  var fileNames: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".safetensors") }.map { String($0.dropLast(12)) }.sorted()
  }
}

/// What `meta.json` says about a run.
struct TrajectoryMeta {
  let json: [String: Any]
  let settings: OptimizerSettings
  let learningRates: [Double]
  let labelSmoothing: Double
  let batchNorm: BatchNormSettings
  let strides: [Int]?

  var stepCount: Int { learningRates.count }

  init(_ folder: URL) throws {
    json = try TrainingFixture.meta(folder)
    guard let optimizer = json["optimizer"] as? [String: Any],
      let steps = optimizer["steps"] as? Int
    else { throw RepVGGError(.badData, "names no optimizer with steps", file: folder.path) }
    func number(_ name: String, _ fallback: Double) -> Double {
      (optimizer[name] as? NSNumber)?.doubleValue ?? fallback
    }
    switch optimizer["kind"] as? String {
    case "sgd":
      settings = .sgd(
        SGDSettings(
          momentum: number("momentum", 0), dampening: number("dampening", 0),
          isNesterov: optimizer["nesterov"] as? Bool ?? false,
          weightDecay: number("weight_decay", 0)))
    case "adamw":
      let betas = optimizer["betas"] as? [Double] ?? [0.9, 0.999]
      settings = .adamW(
        AdamWSettings(
          beta1: betas[0], beta2: betas[1], epsilon: number("eps", 1e-8),
          weightDecay: number("weight_decay", 0)))
    default:
      throw RepVGGError(.badData, "names an unknown optimizer", file: folder.path)
    }
    if let rates = optimizer["lr"] as? [Double] ?? optimizer["lr_used_by_step"] as? [Double] {
      learningRates = Array(rates.prefix(steps))
    } else {
      let schedule = optimizer["lr_schedule"] as? String ?? "constant"
      guard schedule.hasPrefix("constant"), optimizer["lr"] is NSNumber else {
        throw RepVGGError(.badData, "has an unknown schedule '\(schedule)'", file: folder.path)
      }
      learningRates = .init(repeating: number("lr", 0), count: steps)
    }
    labelSmoothing = (json["label_smoothing"] as? NSNumber)?.doubleValue ?? 0
    let norm = json["bn"] as? [String: Any] ?? [:]
    batchNorm = BatchNormSettings(
      epsilon: (norm["eps"] as? NSNumber)?.doubleValue ?? 1e-5,
      momentum: (norm["momentum"] as? NSNumber)?.doubleValue ?? 0.1)
    strides = json["strides"] as? [Int]
  }

  /// The first list of numbers found at one of those paths.
  func numbers(_ paths: [String]) -> [Double]? {
    for path in paths {
      var node: Any? = json
      for key in path.split(separator: "/") { node = (node as? [String: Any])?[String(key)] }
      if let list = node as? [NSNumber], !list.isEmpty { return list.map(\.doubleValue) }
    }
    return nil
  }
}

/// The batches of a run as a network takes them.
struct TrajectoryBatches<Scalar: TrainingScalar> {
  let images: [[Scalar]]
  let labels: [[Int32]]
  let evaluationImages: [Scalar]
  /// Images, channels, height and width of a batch.
  let shape: [Int]

  init(_ checkpoint: Checkpoint) throws {
    let x = try checkpoint.tensor("x")
    let shape = Array(x.shape.dropFirst())
    self.shape = shape
    let count = shape.reduce(1, *)
    let pixels = try Self.normalized(x)
    images = (0..<x.shape[0]).map { Array(pixels[$0 * count..<($0 + 1) * count]) }
    let y = try checkpoint.tensor("y").doubles().map { Int32($0) }
    labels = (0..<x.shape[0]).map { Array(y[$0 * shape[0]..<($0 + 1) * shape[0]]) }
    evaluationImages = try Self.normalized(checkpoint.tensor("x_eval"))
  }

  private static func normalized(_ tensor: Tensor) throws -> [Scalar] {
    try tensor.doubles().map { Scalar(($0 - 128) / 64) }
  }
}
