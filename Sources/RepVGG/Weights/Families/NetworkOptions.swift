/// What a checkpoint does not contain, or leaves open.
public struct NetworkOptions: Sendable, Hashable {
  /// The epsilon of every batch norm in training, which files do not contain.
  public var epsilon: Double
  /// The group of tensors to load if the file holds the network more than once, by the name of its
  /// ``Checkpoint/Group``; nil for the averaged weights, if there are any.
  public var group: String?
  /// The stride of the first block of each stage, the stem first, 1 or 2 each: five as a rule.
  ///
  /// Nil uses what an identity branch proves or the file's metadata contain (`strides`), else 2.
  /// Strides that contradict an identity branch are an error.
  public var strides: [Int]?

  /// How to read a checkpoint.
  public init(
    epsilon: Double = BatchNorm.defaultEpsilon, group: String? = nil, strides: [Int]? = nil
  ) {
    self.epsilon = epsilon
    self.group = group
    self.strides = strides
  }
}
