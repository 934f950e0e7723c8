import Foundation
import RepVGG
import RepVGGTraining
import Testing

/// The schedules of the official schedulers.
@Suite struct LearningRateScheduleTests {
  @Test func matchesTheOfficialSchedulers() throws {
    let meta = try TrainingFixture.meta(TrainingFixture.folder.appending(path: "schedules"))
    let cases = try #require(meta["schedules"] as? [[String: Any]])
    #expect(cases.count == 4)
    for stored in cases {
      func number(_ name: String) -> Double { (stored[name] as? NSNumber)?.doubleValue ?? .nan }
      let iterations = stored["iterations_per_epoch"] as? Int ?? 0
      let schedule = LearningRateSchedule(
        shape: try #require(.init(rawValue: stored["kind"] as? String ?? "")),
        base: number("base_lr"), minimum: number("min_lr"), warmupStart: number("warmup_lr"),
        warmupStepCount: (stored["warmup_epochs"] as? Int ?? 0) * iterations,
        stepCount: (stored["epochs"] as? Int ?? 0) * iterations)
      let updates = try #require(stored["lr_of_update"] as? [Double])
      let steps = try #require(stored["lr_used_by_step"] as? [Double])
      #expect(updates.count == schedule.stepCount && steps.count == schedule.stepCount)
      for (index, rate) in updates.enumerated() {
        #expect(abs(schedule.rate(atUpdate: index) - rate) <= 1e-15)
      }
      for (index, rate) in steps.enumerated() {
        #expect(abs(schedule.rate(ofStep: index) - rate) <= 1e-15)
      }
    }
  }
}
