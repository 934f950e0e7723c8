extension Network {
  /// Where a network's weights came from, and what else was there.
  public struct Origin: Sendable {
    /// The file as the caller named it; nil for a network that came from none.
    public var file: String?
    /// Which naming convention and kind of block the weights came with.
    public var family: Family
    /// The name of the group of tensors that was taken; empty for the whole file.
    public var group: String
    /// Every group of the file that holds the network, the one that was taken among them.
    public var groups: [Checkpoint.Group]
    /// The names of the tensors that the network does not use, such as counters and optimizer
    /// state, sorted; tensors of other groups are not among them.
    public var ignoredTensors: [String]
    /// The safetensors `__metadata__` of the file; empty for other formats.
    public var metadata: [String: String]
    /// How inputs were normalised in training, where the file holds it as tensors.
    public var normalization: Normalization?
    /// How the stride of each stage is known, the stem first; empty for a network from no file.
    public var strideEvidence: [StrideEvidence]

    /// How a stride is known, which files of weights do not hold.
    public enum StrideEvidence: String, Sendable, Hashable {
      /// The identity branch of the stage's first block, or its absence, proves it.
      case proven
      /// ``NetworkOptions/strides`` say so.
      case given
      /// The file's metadata says so.
      case stored
      /// Nothing says so: it is the family's own.
      case assumed
    }

    /// An origin; all but the family is empty unless it is given.
    public init(
      file: String? = nil, family: Family, group: String = "", groups: [Checkpoint.Group] = [],
      ignoredTensors: [String] = [], metadata: [String: String] = [:],
      normalization: Normalization? = nil, strideEvidence: [StrideEvidence] = []
    ) {
      self.file = file
      self.family = family
      self.group = group
      self.groups = groups
      self.ignoredTensors = ignoredTensors
      self.metadata = metadata
      self.normalization = normalization
      self.strideEvidence = strideEvidence
    }
  }

  /// The mean and deviation that inputs were normalised with: `(pixel - mean) / deviation`.
  public struct Normalization: Sendable, Hashable {
    /// One value for each input channel, in the units of the file: of pixels from 0 to 1, or, where
    /// values are above 1 as in mmpretrain, of pixels from 0 to 255.
    public var mean: [Double]
    /// One value for each input channel, in the same units, all above 0.
    public var deviation: [Double]

    /// A normalization of as many means as deviations.
    public init(mean: [Double], deviation: [Double]) {
      self.mean = mean
      self.deviation = deviation
    }
  }
}
