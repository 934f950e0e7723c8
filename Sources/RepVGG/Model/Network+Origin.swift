extension Network {
  /// Where a network's weights came from, and what else was in the file.
  public struct Origin: Sendable {
    /// The file as the caller named it; nil for a network that did not come from a file.
    public var file: String?
    /// Which naming convention and kind of block the weights came with.
    public var family: Family
    /// The name of the catalogue's architecture, or one that describes a custom network.
    public var architecture: String
    /// Input height and width that the architecture's published weights are used with.
    public var inputSize: Int
    /// The name of the group of tensors that was loaded; empty for the whole file.
    public var group: String
    /// Every group of the file that holds the network, including the one that was loaded.
    public var groups: [Checkpoint.Group]
    /// The names of the tensors that the network does not use, such as counters and optimizer
    /// state, sorted; tensors of other groups are not included.
    public var ignoredTensors: [String]
    /// The safetensors `__metadata__` of the file; empty for other formats.
    public var metadata: [String: String]
    /// How inputs were normalised in training, if the file stores it as tensors.
    public var normalization: Normalization?
    /// How the stride of each stage is known, the stem first; empty for a network that did not come
    /// from a file.
    public var strideEvidence: [StrideEvidence]

    /// How a stride is known.
    ///
    /// Files of weights do not contain strides.
    public enum StrideEvidence: String, Sendable, Hashable {
      /// The identity branch of the stage's first block, or its absence, proves it.
      case proven
      /// ``NetworkOptions/strides`` contain it.
      case given
      /// The file's metadata contain it.
      case stored
      /// Nothing specifies it: it is the family's default.
      case assumed
    }

    /// An origin; what is not passed is empty.
    public init(
      file: String? = nil, family: Family, architecture: String, inputSize: Int = 224,
      group: String = "", groups: [Checkpoint.Group] = [],
      ignoredTensors: [String] = [], metadata: [String: String] = [:],
      normalization: Normalization? = nil, strideEvidence: [StrideEvidence] = []
    ) {
      self.file = file
      self.family = family
      self.architecture = architecture
      self.inputSize = inputSize
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
    /// One value per input channel, in the units of the file: of pixels from 0 to 1, or, if values
    /// are above 1 as in mmpretrain, of pixels from 0 to 255.
    public var mean: [Double]
    /// One value per input channel, in the same units, all above 0.
    public var deviation: [Double]

    /// A normalization with one deviation for each mean.
    public init(mean: [Double], deviation: [Double]) {
      self.mean = mean
      self.deviation = deviation
    }
  }
}

/// The naming convention and block kind of a checkpoint; each has a file in `Weights/Families`.
public struct Family: RawRepresentable, Sendable, Hashable {
  /// The name in reports and metadata: `official`, `timm`.
  public let rawValue: String

  /// The family of a name.
  public init(rawValue: String) { self.rawValue = rawValue }
}
