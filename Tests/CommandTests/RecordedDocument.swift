import Foundation
import TestSupport
import Testing

/// A document of `repvgg-bench run` whose figures a test can change.
struct RecordedDocument {
  private var fields: [String: Any]

  /// What `run` prints for these words.
  init(measuring words: [String]) throws {
    let outcome = try ToolProcess.bench.run(expecting: 0, ["run", "--format", "json"] + words)
    fields = try #require(
      try JSONSerialization.jsonObject(with: outcome.outputBytes) as? [String: Any])
  }

  private var scenarios: [[String: Any]] {
    get { fields["scenarios"] as? [[String: Any]] ?? [] }
    set { fields["scenarios"] = newValue }
  }

  /// The document with other samples: so many, around a median, spread by a share of it.
  func with(samples count: Int, around median: Double, spread: Double = 0.002) -> RecordedDocument {
    changed { scenario in
      scenario["samples_ns"] = (0..<count).map { index in
        // Both sides of the median in turn, the same in every call.
        median * (1 + spread * (Double(index * 7 % 11) / 5 - 1))
      }
      scenario["noise"] = "quiet"
    }
  }

  func changed(_ change: (inout [String: Any]) -> Void) -> RecordedDocument {
    var copy = self
    for index in copy.scenarios.indices { change(&copy.scenarios[index]) }
    return copy
  }

  /// Every sample multiplied.
  func scaled(by factor: Double) -> RecordedDocument {
    changed { scenario in
      let samples = scenario["samples_ns"] as? [Double] ?? []
      scenario["samples_ns"] = samples.map { $0 * factor }
    }
  }

  func withCPU(_ name: String) -> RecordedDocument {
    var copy = self
    var system = copy.fields["system"] as? [String: Any] ?? [:]
    system["cpu"] = name
    copy.fields["system"] = system
    return copy
  }

  func write(to path: String) throws -> String {
    try JSONSerialization.data(withJSONObject: fields).write(to: URL(filePath: path))
    return path
  }
}
