/// A value of a plan, by its index.
struct ValueID: Hashable, Sendable { let index: Int }

/// What the elements of a value are and how they are stored.
struct ValueType: Hashable, Sendable {
  var element = ElementType.float32
  let layout: ActivationLayout

  /// Bytes of the whole value, borders included.
  var byteCount: Int { layout.elementCount * element.byteCount }
}

/// What steps read and write.
struct Value: Sendable {
  /// Where a value is kept.
  enum Place: Sendable, Hashable {
    /// In the session's arena, which values share.
    case arena
    /// The caller's images, NCHW.
    case input
    /// The caller's output, the network's first.
    case output
    /// In the session's feature memory, at an offset in bytes.
    case features(Int)
    /// Among the packed weights, at an offset in bytes; never written.
    case weights(Int)
    /// In the memory of another value, at an offset in bytes.
    case part(of: ValueID, byteOffset: Int)
  }

  let place: Place
  /// The layout of the caller's buffers, which have no padding, is that of an unpadded vector.
  let type: ValueType
  /// Whether a step reads the zeros around the image.
  var needsBorder = false
  var firstStep = Int.max
  var lastStep = 0

  /// Bytes in the arena; none for values elsewhere.
  var arenaByteCount: Int { place == .arena ? type.byteCount : 0 }
}
