import CommandLineKit
import Foundation
import RepVGG
import TextFormats

/// What makes scenarios of two documents the same.
struct ScenarioKey: Hashable, CustomStringConvertible {
  let model: String
  let form: String
  let batch: Int
  let threads: Int
  let input: [Int]
  let policy: String
  let streams: Int

  var description: String {
    let shape = input.map(String.init).joined(separator: "x")
    return "\(model) \(form) \(shape) threads \(threads)"
      + (policy.isEmpty ? "" : " \(policy)") + (streams > 1 ? " streams \(streams)" : "")
  }
}

/// A scenario of a document that `run` wrote.
struct RecordedScenario {
  let key: ScenarioKey
  let algorithm: String
  let isTuned: Bool
  let samplesNanoseconds: [Double]
  let isNoisy: Bool
}

/// A document that `repvgg-bench run --format json` wrote.
struct RecordedRun {
  let file: String
  let cpu: String?
  let scenarios: [RecordedScenario]

  /// Reads a document.
  ///
  /// - Throws: `missingInput` where there is no such file, `badData` where it is no such document.
  init(contentsOf file: String) throws(RepVGGError) {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw RepVGGError(.missingInput, "cannot be read", file: file)
    }
    let document: JSONValue
    do throws(JSONError) { document = try JSONReader().value(bytes: Array(data)) } catch {
      throw RepVGGError(.badData, error.description, file: file)
    }
    guard document["schema_version"]?.integerValue == 1,
      let entries = document["scenarios"]?.arrayValue
    else {
      throw RepVGGError(.badData, "is not a result of 'repvgg-bench run --format json'", file: file)
    }
    self.file = file
    cpu = document["system"]?["cpu"]?.stringValue
    var scenarios: [RecordedScenario] = []
    for (index, entry) in entries.enumerated() {
      guard let scenario = RecordedScenario(entry) else {
        throw RepVGGError(
          .badData, "scenario \(index) lacks its model, form, shape or positive samples",
          file: file)
      }
      guard !scenarios.contains(where: { $0.key == scenario.key }) else {
        throw RepVGGError(.badData, "scenario '\(scenario.key)' occurs twice", file: file)
      }
      scenarios.append(scenario)
    }
    guard !scenarios.isEmpty else {
      throw RepVGGError(.badData, "has no scenarios", file: file)
    }
    self.scenarios = scenarios
  }
}

extension RecordedScenario {
  fileprivate init?(_ entry: JSONValue) {
    guard let model = entry["model"]?.stringValue, let form = entry["form"]?.stringValue,
      let batch = entry["batch"]?.integerValue, let threads = entry["threads"]?.integerValue,
      let input = entry["input"]?.arrayValue, input.count == 4,
      let samples = entry["samples_ns"]?.arrayValue
    else { return nil }
    let shape = input.compactMap(\.integerValue)
    let durations = samples.compactMap(\.doubleValue).filter { $0.isFinite && $0 > 0 }
    guard shape.count == 4, durations.count == samples.count else { return nil }
    key = ScenarioKey(
      model: model, form: form, batch: batch, threads: threads, input: shape,
      policy: entry["policy"]?.stringValue ?? "", streams: entry["streams"]?.integerValue ?? 1)
    algorithm = entry["algorithm"]?.stringValue ?? Algorithm.auto.rawValue
    isTuned = entry["tuned"]?.boolValue ?? false
    samplesNanoseconds = durations
    isNoisy = entry["noise"]?.stringValue == "noisy"
  }
}
