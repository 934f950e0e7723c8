extension Checkpoint {
  /// Tensors of a file that form one network; a file may hold a network more than once.
  public struct Group: Sendable, Hashable {
    /// The name that selects it, such as `state_dict_ema`; empty for tensors at the top of a file.
    public var name: String
    /// Whether the weights are averages over training steps (EMA, SWA).
    public var isAveraged: Bool
    /// Number of tensors, including counters and auxiliary heads.
    public var tensorCount: Int
    /// Trained values of the network: all elements except running statistics and counters.
    public var parameterCount: Int
    /// Bytes of all its tensors as stored.
    public var byteCount: Int
  }

  /// Every group of tensors that holds a network, sorted by name; empty if there is none.
  public var groups: [Group] {
    guard let tensors = try? NamedTensors(self, of: .known) else { return [] }
    return NetworkGroups(tensors).groups
  }
}
