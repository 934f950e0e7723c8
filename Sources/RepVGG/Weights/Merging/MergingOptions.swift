/// What a checkpoint of blocks does not contain, or leaves open.
public struct MergingOptions: Sendable, Hashable {
  /// What a block adds that has no tensors.
  public enum Identity: String, Sendable, Hashable, CaseIterable {
    /// Nothing.
    case none
    /// Its input, as QARepVGG does.
    case plain
    /// Its input and the average of it over the kernel's window, as YOLOv6's QARepVGG V2 does.
    case average
  }

  /// The epsilon of every batch norm in training; nil for what the code base trains with.
  public var epsilon: Double?
  /// The part of the file to merge, such as `model` or `ema`, if it holds several; nil for averaged
  /// weights, if there are any.
  public var group: String?
  /// What RepVGG's and QARepVGG's blocks add that has no tensors; nil for the input in QARepVGG's blocks
  /// of stride 1 with as many outputs as inputs, and nothing in others.
  public var identity: Identity?
  /// The stride of the first block of each of the five stages, which decides about QARepVGG's identity;
  /// nil for 2 each.
  public var strides: [Int]?

  /// How to merge the blocks of a checkpoint.
  public init(
    epsilon: Double? = nil, group: String? = nil, identity: Identity? = nil, strides: [Int]? = nil
  ) {
    self.epsilon = epsilon
    self.group = group
    self.identity = identity
    self.strides = strides
  }
}

extension MergingOptions {
  /// What a block without a stored identity branch adds; nil to decide by its stride.
  var hiddenIdentity: RepVGGBlock.Identity? {
    switch identity {
    case nil: nil
    case .some(.none): .stored
    case .plain: .plain
    case .average: .plainAndAverage
    }
  }

  /// The stride of a block by its name: that of a stage for the stage's first block, `stage1.0` or
  /// `stages.0.0`, and for `stage0`; 1 for others.
  func stride(ofBlock prefix: TensorName) -> Int {
    let parts = Array(prefix.components.dropLast().suffix(3))
    guard let last = parts.last else { return 1 }
    var stage: Int?
    if last.smallNumber == 0 {
      let before = parts.dropLast().last ?? []
      if let (_, number) = before.wordAndNumber {
        stage = number
      } else if let number = before.smallNumber, parts.count == 3, parts[0].isWord {
        stage = number + 1
      }
    } else if let (_, number) = last.wordAndNumber, number == 0 {
      stage = 0
    }
    guard let stage else { return 1 }
    guard let strides, strides.indices.contains(stage) else { return 2 }
    return strides[stage]
  }
}
