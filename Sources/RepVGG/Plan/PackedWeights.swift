/// What the bytes of a block of packed weights depend on, and how many they are.
struct PackedBlock: Sendable, Hashable {
  let byteCount: Int
  /// The node whose weights the block has and how they are packed, which with the network and its form
  /// decide the bytes; nil where they may depend on more, such as constants on the input's shape.
  let packing: Packing?

  struct Packing: Sendable, Hashable {
    let node: UTF8Name
    let method: String

    init(_ node: String, _ method: String) {
      self.node = UTF8Name(node)
      self.method = method
    }
  }
}

/// The packed weights of a plan: blocks in a buffer of its own, in the order in which a run reads them,
/// and in those of earlier plans of the network.
struct PackedWeights: Sendable {
  /// The buffers that the blocks are in.
  let buffers: [PackedBuffer]
  private let places: [Place]

  /// Where a block is.
  private struct Place: Sendable {
    /// The offset in bytes that the plan's steps know the block by.
    let start: Int
    let buffer: Int
    let offset: Int
  }

  /// Where a byte is that the plan's steps know by an offset; nil where there are no weights before it.
  func address(_ offset: Int) -> UnsafeMutableRawPointer? {
    places.filter { $0.start <= offset }.max { $0.start < $1.start }.map {
      buffers[$0.buffer].bytes + $0.offset + (offset - $0.start)
    }
  }

  /// Finds blocks in the buffers of other plans of the same network, and packs those that are in none.
  ///
  /// A buffer is shared only where at least half of it is used: what plans hold without use is never
  /// more than what they use.
  ///
  /// - Throws: `badData` for weights that are not finite, `outOfMemory`, `cancelled`.
  init(
    _ builder: PlanBuilder, form: Form, sharing others: [PackedBuffer], cancellation: Cancellation
  ) throws(RepVGGError) {
    var buffers: [PackedBuffer] = []
    var places: [Place] = []
    var rest = builder.weights
    for other in others where other.form == form {
      var found: [Int: Int] = [:]
      for weights in rest {
        try cancellation.check()
        found[weights.offset] = try other.offset(of: weights)
      }
      let joined = rest.filter { $0.offset < builder.joinedByteCount }
      if Set(joined.map { weights in found[weights.offset].map { $0 - weights.offset } }).count > 1
      {
        for weights in joined { found[weights.offset] = nil }
      }
      let byteCount = rest.reduce(0) {
        $0
          + (found[$1.offset] == nil ? 0 : $1.block.byteCount.roundedUp(to: PackedBuffer.alignment))
      }
      guard byteCount > 0, 2 * byteCount >= other.byteCount else { continue }
      for (start, offset) in found {
        places.append(Place(start: start, buffer: buffers.count, offset: offset))
      }
      rest.removeAll { found[$0.offset] != nil }
      buffers.append(other)
    }
    if !rest.isEmpty {
      let own = try PackedBuffer(
        rest, form: form, threadCount: builder.workerCount, cancellation: cancellation)
      for (weights, offset) in zip(rest, own.offsets) {
        places.append(Place(start: weights.offset, buffer: buffers.count, offset: offset))
      }
      buffers.append(own)
    }
    self.buffers = buffers
    self.places = places
  }
}
