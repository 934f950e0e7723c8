import RepVGG
import Testing

@Suite struct ArenaPlannerTests {
  @Test func valuesThatLiveTogetherNeverOverlap() {
    var random = RandomTensors(seed: 1)
    for _ in 0..<50 {
      let values = (0..<30).map { _ in
        let first = Int((random.value() + 1) * 20)
        return ArenaPlanner.Value(
          byteCount: 1 + Int((random.value() + 1) * 500), firstStep: first,
          lastStep: first + Int((random.value() + 1) * 5))
      }
      let plan = ArenaPlanner(values)
      for a in values.indices {
        #expect(plan.offsets[a] % 64 == 0)
        #expect(plan.offsets[a] + values[a].byteCount <= plan.byteCount)
        for b in 0..<a {
          let together =
            values[a].firstStep <= values[b].lastStep && values[b].firstStep <= values[a].lastStep
          let overlap =
            plan.offsets[a] < plan.offsets[b] + values[b].byteCount
            && plan.offsets[b] < plan.offsets[a] + values[a].byteCount
          #expect(!(together && overlap), "\(values[a]) and \(values[b])")
        }
      }
      #expect(plan.byteCount >= plan.peakLiveByteCount)
    }
  }

  @Test func aChainNeedsTwoNeighboursAtATime() {
    let values = (0..<10).map {
      ArenaPlanner.Value(byteCount: 4000 - 64 * $0, firstStep: $0, lastStep: $0 + 1)
    }
    let plan = ArenaPlanner(values)
    #expect(plan.peakLiveByteCount == 4032 + 3968)
    #expect(plan.byteCount == plan.peakLiveByteCount)
  }
}
