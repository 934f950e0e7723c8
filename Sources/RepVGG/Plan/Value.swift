/// A value of a plan, by its index.
struct ValueID: Hashable, Sendable { let index: Int }

/// What steps read and write: an activation or a vector for each image.
struct Value: Sendable {
  /// Where a value is kept.
  enum Place: Sendable, Hashable {
    /// In the session's arena, which values share.
    case arena
    /// The caller's images, NCHW.
    case input
    /// The caller's output, `[batch, outputCount]`.
    case output
    /// In the session's feature memory, at an offset in floats.
    case features(Int)
  }

  let place: Place
  let elementCount: Int
  /// The layout of a bordered activation; nil for others.
  let layout: ActivationLayout?
  /// Whether a step reads the zeros around the image.
  var needsBorder = false
  var firstStep = Int.max
  var lastStep = 0
}
