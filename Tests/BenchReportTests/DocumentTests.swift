import BenchReport
import CommandLineKit
import Testing
import TextFormats

/// Documents that are none: the error names the file and what is wrong with it.
@Suite struct DocumentTests {
  private func error(_ text: String) throws -> ReportError {
    try #require(throws: ReportError.self) {
      _ = try ReportPage([ResultDocument(bytes: Array(text.utf8), file: "a/b.json")]).html()
    }
  }

  @Test(arguments: [
    ("", "not a JSON document"), ("{", "not a JSON document"),
    ("{\"schema_version\": 1,}", "not a JSON document"),
    ("[]", "schema_version"), ("7", "schema_version"), ("{}", "schema_version"),
    ("{\"schema_version\": 2, \"scenarios\": []}", "schema_version"),
    ("{\"schema_version\": 1}", "names no experiment"),
    ("{\"schema_version\": 1, \"experiment\": \"layers\"}", "'sections'"),
    ("{\"schema_version\": 1, \"scenarios\": [1]}", "'scenarios[0]'"),
    ("{\"schema_version\": 1, \"scenarios\": []}", "'comparisons'"),
    ("{\"schema_version\": 1, \"scenarios\": [], \"comparisons\": []}", "'system'"),
  ]) func areRefused(text: String, reason: String) throws {
    let error = try error(text)
    #expect(error.description.hasPrefix("a/b.json: "))
    #expect(error.description.contains(reason), "\(error)")
    #expect(error.exitCode == .badData)
  }

  /// What a chart needs is named where it is missing.
  @Test(arguments: [
    ("run", "median_ns", "scenarios[0].summary.median_ns"),
    ("run", "model", "scenarios[0].model"), ("run", "samples_ns", "scenarios[0].samples_ns"),
    ("run", "ci95", "comparisons[0].ci95"), ("run", "input", "scenarios[0].input"),
    ("layers", "time_ns", "sections[0].rows[0].time_ns"),
    ("layers", "peak_gflops", "roofline[0].peak_gflops"),
    ("claims", "relative_time", "claims[0].rows[0].relative_time"),
    ("claims", "title", "claims[0].title"), ("scaling", "speedup", "sections[0].rows[0].speedup"),
    ("training", "step_ns", "rows[0].branched.step_ns"),
    ("peers", "median_ms", "rows[0].median_ms"), ("equivalence", "rule", "rule"),
    ("kernels", "ratio", "rows[0].ratio"),
  ]) func whatIsMissingIsNamed(name: String, key: String, place: String) throws {
    let sample = try #require(Samples.all.first { $0.name == name })
    let whole = JSONWriter().text(sample.document)
    #expect(throws: Never.self) { try Samples.page([sample]) }
    let lacking = JSONWriter().text(Mutation.removing(sample.document, key: key))
    #expect(lacking != whole)
    #expect(try error(lacking).description.contains("'\(place)'"))
    let wrong = JSONWriter().text(
      Mutation.replacing(sample.document, key: key, with: [["x": nil]]))
    #expect(try error(wrong).description.contains(place))
  }

  @Test func timesHaveToBePositive() throws {
    let text = JSONWriter().text(
      Mutation.replacing(Samples.run(), key: "samples_ns", with: [1.5, 0]))
    #expect(try error(text).description.contains("samples_ns"))
  }
}
