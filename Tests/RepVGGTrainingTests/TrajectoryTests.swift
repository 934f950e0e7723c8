import RepVGG
import RepVGGTraining
import Testing

/// Ten steps of official training runs, step by step, in Double and Float.
///
/// Folders of the same kinds can be added through the environment variable `REPVGG_TRAJECTORIES`.
@Suite struct TrajectoryTests {
  @Test(arguments: Trajectory.all)
  func followsTheOfficialRun(_ trajectory: Trajectory) throws {
    let quantities = try compare(trajectory, as: Double.self) + compare(trajectory, as: Float.self)
    if let count = Self.quantityCounts[trajectory.testDescription] { #expect(quantities == count) }
  }

  /// How much the stored runs have to be compared with: a file that is missing is noticed.
  static let quantityCounts = [
    "repopt-adamw": 33, "repopt-hypersearch": 30, "repopt-sgd": 24, "repvgg-sgd": 18,
  ]

  @Test func findsTheFolders() {
    let names = Trajectory.all.map(\.testDescription)
    #expect(Set(names).isSuperset(of: Self.quantityCounts.keys))
  }

  /// Compares and gives the number of quantities that were compared.
  private func compare<Scalar: TrainingScalar>(
    _ trajectory: Trajectory, as type: Scalar.Type
  ) throws -> Int {
    var comparison = try TrajectoryComparison<Scalar>(trajectory)
    try comparison.run()
    let report = comparison.report
    print(report.text)
    #expect(report.lines.count >= 4, "\(trajectory.folder.path) holds nothing to compare with")
    for line in report.failures {
      Issue.record("\(report.name): \(line.quantity): \(line.error) > \(line.tolerance)")
    }
    return report.lines.count
  }
}
