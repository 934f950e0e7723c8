/// A file's named tensors and nothing more: it knows formats, not networks.
public struct Checkpoint: Sendable {
  /// The container that the tensors were read from.
  public enum Format: String, Sendable, Hashable {
    /// A JSON header followed by the elements, as defined by Hugging Face.
    case safetensors
    /// PyTorch 1.6 and later: a zip archive with a pickle.
    case torchZip = "pytorch-zip"
    /// PyTorch before 1.6: consecutive pickles followed by storages.
    case torchLegacy = "pytorch-legacy"
    /// Built in memory.
    case memory
  }

  /// The most tensors in a file; the largest networks have some thousands.
  static let tensorLimit = 1 << 17

  /// The tensors by name; their order in the file has no meaning.
  public var tensors: [String: Tensor]
  /// The safetensors `__metadata__` entries; empty for other formats.
  public var metadata: [String: String]
  /// The container.
  public let format: Format
  /// The file as the caller named it; nil for a checkpoint built in memory.
  public let file: String?
  /// What else the file holds that may explain why a network is missing, such as a whole module.
  package var obstacle: RepVGGError?
  /// The beginnings of names under which PyTorch's file has a module's state in a dictionary.
  ///
  /// Without the dot, and `""` where that is the file's own dictionary; empty for other formats.
  package var states: [String] = []

  /// A checkpoint of tensors in memory, or of what a reader found.
  public init(
    tensors: [String: Tensor], metadata: [String: String] = [:],
    format: Format = .memory, file: String? = nil
  ) {
    self.tensors = tensors
    self.metadata = metadata
    self.format = format
    self.file = file
  }
}
