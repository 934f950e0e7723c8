import Foundation
import RepVGG
import Synchronization
import TestSupport
import Testing

/// One plan in many threads: what the thread sanitizer looks at.
@Suite struct SharedPlanTests {
  @Test(arguments: [1, 2]) func eightThreadsShareOnePlan(workersPerSession: Int) throws {
    let network = try Network(
      contentsOf: Fixture.root.appending(path: "tiny/train.safetensors").path)
    let input = try InputShape(batch: 2, height: 48, width: 48)
    let plan = try Plan(
      network, input: input, options: PlanOptions(threadCount: workersPerSession))
    let images = sampleImages(input)
    let expected = try plan.makeSession().run(images)
    let wrongRuns = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      do {
        let session = try plan.makeSession()
        for run in 0..<5 where try session.run(images) != expected {
          wrongRuns.withLock { $0.append("run \(run) of thread \(thread) differs") }
        }
      } catch {
        wrongRuns.withLock { $0.append("thread \(thread): \(error)") }
      }
    }
    #expect(wrongRuns.withLock { $0 } == [])
  }

  @Test func copiedFeaturesAreThoseOfTheArray() throws {
    let network = try Network(
      contentsOf: Fixture.root.appending(path: "tiny/train.safetensors").path)
    let input = try InputShape(batch: 1, height: 20, width: 12)
    let plan = try Plan(network, input: input, options: PlanOptions(collectsFeatures: true))
    let session = try plan.makeSession()
    _ = try session.run(sampleImages(input))
    let feature = try session.feature("stage1")
    var copy = [Float](repeating: .nan, count: feature.count)
    try copy.withUnsafeMutableBufferPointer { try session.copyFeature("stage1", to: $0) }
    #expect(copy == feature)
    #expect(throws: RepVGGError.self) {
      try copy.withUnsafeMutableBufferPointer {
        try session.copyFeature("stage1", to: UnsafeMutableBufferPointer(rebasing: $0.dropLast()))
      }
    }
  }
}
