extension Checkpoint {
  /// Tensors of a file that make one network together; a file may hold a network more than once.
  public struct Group: Sendable, Hashable {
    /// The name that chooses it, such as `state_dict_ema`; empty for tensors at the top of a file.
    public var name: String
    /// Whether the weights are averages over training steps (EMA, SWA).
    public var isAveraged: Bool
    /// Number of tensors, counters and auxiliary heads among them.
    public var tensorCount: Int
    /// Trained values of the network: elements without running statistics and counters.
    public var parameterCount: Int
    /// Bytes of all its tensors as they are stored.
    public var byteCount: Int
  }

  /// Every group of tensors that holds a network, sorted by name; empty where there is none.
  public var groups: [Group] {
    guard let tensors = try? NamedTensors(self) else { return [] }
    return NetworkGroups(tensors).groups
  }
}
