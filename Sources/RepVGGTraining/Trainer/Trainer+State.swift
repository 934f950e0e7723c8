import Foundation
import RepVGG

extension Trainer {
  /// The version of the state's layout.
  private static var version: String { "1" }
  private static var modelPrefix: String { "model." }
  private static var optimizerPrefix: String { "optimizer." }
  private static var threadCountKey: String { "threads" }

  /// The threads that the run of a state had; nil where it is not stored.
  ///
  /// With as many, a run continues to the bit; with others, sums are rounded differently.
  public static func threadCount(of state: Checkpoint) -> Int? {
    state.metadata[threadCountKey].flatMap { Int($0) }.flatMap {
      (1...1024).contains($0) ? $0 : nil
    }
  }

  /// Everything that a run needs to continue: network, optimizer, position, records, and what the
  /// run must be made with again.
  ///
  /// - Throws: `internalInconsistency` where the parts cannot be encoded.
  public func state() throws -> Checkpoint {
    var tensors = optimizer.state(prefix: Self.optimizerPrefix)
    for (name, tensor) in network.checkpoint().tensors { tensors[Self.modelPrefix + name] = tensor }
    let metadata = [
      "format": "repvgg-training-state", "version": Self.version,
      "configuration": try Self.encoded(configuration),
      "architecture": try Self.encoded(network.architecture),
      "batch_size": "\(network.batchSize)", "scales": scalesDigest,
      "position": try Self.encoded(position), "records": try Self.encoded(records),
      Self.threadCountKey: "\(network.threads.count)",
    ]
    return Checkpoint(tensors: tensors, metadata: metadata)
  }

  /// Returns to a state of a run that was made with the same architecture, configuration, batch
  /// size and scales.
  ///
  /// - Throws: `badData` with what is damaged, `invalidArgument` with what differs.
  public func resume(from checkpoint: Checkpoint) throws {
    let file = checkpoint.file
    func entry(_ name: String) throws -> String {
      guard let text = checkpoint.metadata[name] else {
        throw RepVGGError(.badData, "is not a training state: it has no '\(name)'", file: file)
      }
      return text
    }
    guard try entry("format") == "repvgg-training-state", try entry("version") == Self.version
    else { throw RepVGGError(.badData, "is a state of another version", file: file) }
    for (name, own) in [
      ("configuration", try Self.encoded(configuration)),
      ("architecture", try Self.encoded(network.architecture)),
      ("batch_size", "\(network.batchSize)"), ("scales", scalesDigest),
    ] where try entry(name) != own {
      throw RepVGGError(
        .invalidArgument, "was made with another \(name.replacing("_", with: " "))", file: file)
    }
    let position = try Self.decoded(Position.self, entry("position"), file)
    let records = try Self.decoded([TrainingRecord].self, entry("records"), file)
    let epochs = 0...configuration.epochCount
    guard epochs.contains(position.epoch), (0..<stepsPerEpoch).contains(position.step),
      position.lossSum.isFinite, position.correctCount >= 0, records.count == position.epoch
    else { throw RepVGGError(.badData, "has an impossible position", file: file) }
    // Everything is read before anything is changed, except the elements of tensors.
    try network.store.load(checkpoint, prefix: Self.modelPrefix)
    try optimizer.load(checkpoint, prefix: Self.optimizerPrefix)
    guard optimizer.stepCount == position.epoch * stepsPerEpoch + position.step else {
      throw RepVGGError(.badData, "has an optimizer of another step", file: file)
    }
    self.position = position
    self.records = records
  }

  /// A number that two different sets of scales are unlikely to share; empty without scales.
  private var scalesDigest: String {
    guard let scales = optimizer.reparameterization?.scales else { return "" }
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    for (name, block) in scales.blocks.sorted(by: { $0.key < $1.key }) {
      let values = block.convolution + block.pointwise + (block.identity ?? [])
      for bits in name.utf8.map({ UInt64($0) }) + values.map(\.bitPattern) {
        digest = (digest ^ bits) &* 0x100_0000_01B3
      }
    }
    return String(digest, radix: 16)
  }

  static func encoded(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      throw RepVGGError(.internalInconsistency, "a training state cannot be encoded")
    }
    return String(decoding: data, as: UTF8.self)
  }

  private static func decoded<Value: Decodable>(
    _ type: Value.Type, _ text: String, _ file: String?
  ) throws -> Value {
    do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
      throw RepVGGError(.badData, "has damaged metadata: \(type)", file: file)
    }
  }
}
