import RepVGG
import Testing

@Suite struct ArenaPlannerTests {
  @Test func valuesThatLiveTogetherNeverOverlap() {
    var random = RandomTensors(seed: 1)
    for _ in 0..<50 {
      let values = (0..<30).map { _ in
        let first = Int((random.value() + 1) * 20)
        return ArenaPlanner.Value(
          elementCount: 1 + Int((random.value() + 1) * 500), firstStep: first,
          lastStep: first + Int((random.value() + 1) * 5))
      }
      let plan = ArenaPlanner(values)
      for a in values.indices {
        #expect(plan.offsets[a] % 16 == 0)
        #expect(plan.offsets[a] + values[a].elementCount <= plan.elementCount)
        for b in 0..<a {
          let together =
            values[a].firstStep <= values[b].lastStep && values[b].firstStep <= values[a].lastStep
          let overlap =
            plan.offsets[a] < plan.offsets[b] + values[b].elementCount
            && plan.offsets[b] < plan.offsets[a] + values[a].elementCount
          #expect(!(together && overlap), "\(values[a]) and \(values[b])")
        }
      }
      #expect(plan.elementCount >= plan.peakLiveElementCount)
    }
  }

  @Test func aChainNeedsTwoNeighboursAtATime() {
    let values = (0..<10).map {
      ArenaPlanner.Value(elementCount: 1000 - 16 * $0, firstStep: $0, lastStep: $0 + 1)
    }
    let plan = ArenaPlanner(values)
    #expect(plan.peakLiveElementCount == 1008 + 992)
    #expect(plan.elementCount == plan.peakLiveElementCount)
  }
}
