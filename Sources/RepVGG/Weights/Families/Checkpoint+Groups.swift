extension Checkpoint {
  /// Tensors of a file that make one network together; a file may hold a network more than once.
  public struct Group: Sendable, Hashable {
    /// The name that chooses it, such as `state_dict_ema`; empty for tensors at the top of a file.
    public var name: String
    /// Whether the weights are averages over training steps (EMA, SWA).
    public var isAveraged: Bool
    /// Number of tensors.
    public var tensorCount: Int
    /// Trained values: elements without running statistics and counters.
    public var parameterCount: Int
    /// Bytes of all elements as they are stored.
    public var byteCount: Int
  }
}
