/// The half-open share of one of `count` workers in `total` items.
@inline(__always) package func workerShare(_ total: Int, worker: Int, count: Int) -> Range<Int> {
  total * worker / count..<total * (worker + 1) / count
}

extension Int {
  /// The smallest multiple of `step` that is not smaller than this count.
  @inline(__always)
  package func roundedUp(to step: Int) -> Int { dividedRoundingUp(by: step) * step }

  /// The number of parts of at most `size` that this count makes.
  @inline(__always) package func dividedRoundingUp(by size: Int) -> Int { (self + size - 1) / size }
}
