/// Places values in one arena so that values that live at the same time never overlap.
///
/// A value lives from the first step that writes it to the last that reads it. Values are placed
/// in order of size, largest first, each at the lowest free offset.
package struct ArenaPlanner {
  /// A value's size and life, in bytes and step indices.
  package struct Value {
    package var byteCount: Int
    package var firstStep: Int
    package var lastStep: Int

    package init(byteCount: Int, firstStep: Int, lastStep: Int) {
      self.byteCount = byteCount
      self.firstStep = firstStep
      self.lastStep = lastStep
    }
  }

  /// Offsets are multiples of a cache line.
  private static let alignment = 64

  /// The offset of every value in bytes, in the order given.
  package private(set) var offsets: [Int]
  /// Bytes of the whole arena.
  package private(set) var byteCount = 0
  /// The largest sum of values alive at one step, in bytes: no placement can need less.
  package private(set) var peakLiveByteCount = 0

  package init(_ values: [Value]) {
    offsets = [Int](repeating: 0, count: values.count)
    let sizes = values.map { $0.byteCount.roundedUp(to: Self.alignment) }
    var placed: [Int] = []
    let order = values.indices.sorted { (sizes[$0], $1) > (sizes[$1], $0) }
    for index in order {
      let neighbours =
        placed
        .filter {
          values[$0].firstStep <= values[index].lastStep
            && values[index].firstStep <= values[$0].lastStep
        }
        .sorted { offsets[$0] < offsets[$1] }
      var offset = 0
      for other in neighbours {
        if offset + sizes[index] <= offsets[other] { break }
        offset = max(offset, offsets[other] + sizes[other])
      }
      offsets[index] = offset
      byteCount = max(byteCount, offset + sizes[index])
      placed.append(index)
    }
    let lastStep = values.map(\.lastStep).max() ?? 0
    for step in 0...lastStep {
      let live = values.indices.filter {
        values[$0].firstStep <= step && step <= values[$0].lastStep
      }
      peakLiveByteCount = max(peakLiveByteCount, live.reduce(0) { $0 + sizes[$1] })
    }
  }
}
