import RepVGG
import RepVGGTraining
import Testing

/// Ten steps of official training runs, step by step, in Double and Float.
///
/// Folders of the same kinds can be added through the environment variable `REPVGG_TRAJECTORIES`.
@Suite struct TrajectoryTests {
  @Test(arguments: Trajectory.all)
  func followsTheOfficialRun(_ trajectory: Trajectory) throws {
    try compare(trajectory, as: Double.self)
    try compare(trajectory, as: Float.self)
  }

  @Test func findsTheFolders() {
    #expect(Trajectory.all.count >= 4)
  }

  private func compare<Scalar: TrainingScalar>(_ trajectory: Trajectory, as type: Scalar.Type)
    throws
  {
    var comparison = try TrajectoryComparison<Scalar>(trajectory)
    try comparison.run()
    let report = comparison.report
    print(report.text)
    #expect(report.lines.count >= 4, "\(trajectory.folder.path) holds nothing to compare with")
    for line in report.failures {
      Issue.record("\(report.name): \(line.quantity): \(line.error) > \(line.tolerance)")
    }
  }
}
