extension RandomGraph {
  /// Fewer and smaller bytes for which a condition still holds.
  package static func reduced(
    _ bytes: [UInt8], tries: Int = 400, while holds: ([UInt8]) -> Bool
  ) -> [UInt8] {
    var best = bytes
    var tries = tries
    func attempt(_ candidate: [UInt8]) -> Bool {
      guard tries > 0, candidate != best else { return false }
      tries -= 1
      guard holds(candidate) else { return false }
      best = candidate
      return true
    }
    var length = best.count / 2
    while length > 0 {
      var start = 0
      while start < best.count {
        var shorter = best
        shorter.removeSubrange(start..<min(start + length, best.count))
        if !attempt(shorter) { start += length }
      }
      length /= 2
    }
    for index in best.indices where best[index] != 0 {
      var smaller = best
      smaller[index] = 0
      _ = attempt(smaller)
    }
    return best
  }
}
