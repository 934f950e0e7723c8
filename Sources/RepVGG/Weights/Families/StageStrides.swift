/// Finds the stride of every stage: a file of weights proves some strides and does not contain the
/// others.
struct StageStrides {
  /// The specified strides of a network, and where they were specified.
  private let said: (values: [Int], evidence: Network.Origin.StrideEvidence)?

  /// The strides of the options, else those of the file's metadata.
  ///
  /// - Throws: `invalidArgument` or `badData` for values that are not strides of 1 or 2.
  init(_ options: NetworkOptions, _ checkpoint: Checkpoint) throws(RepVGGError) {
    if let given = options.strides {
      guard Self.areStrides(given) else {
        throw RepVGGError(
          .invalidArgument, Self.expectation(stageCount: 5) + ", not \(given)")
      }
      said = (given, .given)
    } else if let text = checkpoint.metadata[Self.metadataKey] {
      let values = text.utf8.split(separator: UInt8(ascii: ","), maxSplits: 5).map { part in
        [1, 2].first { part.elementsEqual("\($0)".utf8) } ?? 0
      }
      guard Self.areStrides(values) else {
        throw RepVGGError(
          .badData, "its metadata has the strides '\(text.printable)', not numbers of 1 or 2")
      }
      said = (values, .stored)
    } else {
      said = nil
    }
  }

  /// Checks that there is a stride for each stage, if there are any.
  func check(stageCount: Int) throws(RepVGGError) {
    guard let said, said.values.count != stageCount else { return }
    throw RepVGGError(
      said.evidence == .given ? .invalidArgument : .badData,
      (said.evidence == .given ? "" : "its metadata's ")
        + Self.expectation(stageCount: stageCount) + ", not \(said.values)")
  }

  private static func expectation(stageCount: Int) -> String {
    let words = [2: "two", 3: "three", 4: "four", 5: "five"]
    return "strides are \(words[stageCount] ?? "\(stageCount)") numbers of 1 or 2, the stem's first"
  }

  /// The stride of a stage according to its first block, which has an identity branch if and only
  /// if it has stride 1 and keeps its width.
  ///
  /// - Parameters:
  ///   - stage: 0 for the stem.
  ///   - hasIdentity: Whether the block has an identity branch; nil if that proves nothing.
  /// - Returns: The stride and how it is known.
  /// - Throws: `badData` or `invalidArgument` if the specified stride contradicts the block.
  func stride(
    ofStage stage: Int, hasIdentity: Bool?
  ) throws(RepVGGError) -> (value: Int, evidence: Network.Origin.StrideEvidence) {
    let proven = hasIdentity.map { $0 ? 1 : 2 }
    guard let said, said.values.indices.contains(stage) else {
      return proven.map { ($0, .proven) } ?? (2, .assumed)
    }
    guard let proven else { return (said.values[stage], said.evidence) }
    guard said.values[stage] == proven else {
      throw RepVGGError(
        said.evidence == .given ? .invalidArgument : .badData,
        (said.evidence == .stored ? "its metadata's" : "the")
          + " strides \(Self.text(said.values)) contradict its tensors: the first block of stage"
          + " \(stage) has \(proven == 1 ? "an" : "no") identity branch, so its stride is \(proven)"
      )
    }
    return (proven, .proven)
  }

  // MARK: - Where they are stored

  /// The entry of safetensors' metadata.
  static let metadataKey = "strides"

  /// Strides as an entry of metadata: `1,1,2,2,2`.
  static func text(_ strides: [Int]) -> String {
    strides.map(String.init).joined(separator: ",")
  }

  private static func areStrides(_ values: [Int]) -> Bool {
    (2...5).contains(values.count) && values.allSatisfy { $0 == 1 || $0 == 2 }
  }
}
