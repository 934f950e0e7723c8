import CommandLineKit
import Foundation
import TextFormats

/// A document that one of the experiments printed as JSON.
package struct ResultDocument: Sendable {
  /// What a document tells.
  enum Content: Sendable {
    case run(RunResult)
    case layers(LayersResult)
    case claims([TableSection])
    case scaling([TableSection])
    case training([Entry])
    case equivalence(rule: String, differences: [Double])
    case kernels(Entry)
    /// Against other runtimes.
    case peers(Entry)
    /// Of any other experiment, its tables.
    case tables([TableSection])
  }

  /// The file as the user named it.
  let file: String
  /// What the report calls the result: the file's name, or the user's word.
  package var label: String
  /// The experiment's name.
  package let experiment: String
  let content: Content
  /// What is known of the machine, by name.
  let system: [(name: String, value: String)]
  let toolVersion: String?
  let commit: String?
  let command: String?
  let startedAt: String?
  let isInterrupted: Bool

  /// Reads a document.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - file: Its name, for messages and as a label.
  /// - Throws: Where the bytes are not JSON, or not the result of an experiment.
  package init(bytes: [UInt8], file: String) throws(ReportError) {
    let value: JSONValue
    do throws(JSONError) { value = try JSONReader().value(bytes: bytes) } catch {
      throw ReportError(file, "is not a JSON document: \(error.description)")
    }
    let root = Entry(value: value, place: "", file: file)
    guard value["schema_version"]?.integerValue == 1 else {
      throw ReportError(
        file, "is not a result of 'repvgg-bench ... --format json' with 'schema_version' 1")
    }
    let name = root.optionalText("experiment") ?? (value["scenarios"] == nil ? "" : "run")
    content =
      switch name {
      case "run": .run(try RunResult(root))
      case "layers": .layers(try LayersResult(root))
      case "claims": .claims(try TableSection.all(root, list: "claims", name: "claim"))
      case "scaling": .scaling(try TableSection.all(root, list: "sections", name: "section"))
      case "training": .training(try root.entries("rows"))
      case "equivalence":
        .equivalence(
          rule: try root.text("rule"),
          differences: try root.numbers("relative_difference_by_step"))
      case "kernels": .kernels(root)
      case "peers": .peers(root)
      case "": throw ReportError(file, "names no experiment")
      default: .tables(try TableSection.all(root, list: "sections", name: "section"))
      }
    experiment = name
    self.file = file
    label = Self.label(file)
    let system = try root.entry("system")
    self.system = system.keys.map { ($0, Self.text(system.value[$0] ?? .null)) }
    let tool = value["tool"]
    toolVersion = tool?["version"]?.stringValue
    commit = tool?["commit"]?.stringValue
    let words = root.texts("command")
    command = words.isEmpty ? nil : words.joined(separator: " ")
    startedAt = root.optionalText("started_at")
    isInterrupted = value["interrupted"]?.boolValue ?? false
  }

  /// A field of the system.
  func fact(_ name: String) -> String? { system.first { $0.name == name }?.value }

  /// Whether another of the results is of the same experiment, so that both need their labels.
  func needsLabel(among results: [ResultDocument]) -> Bool {
    results.count { $0.experiment == experiment } > 1
  }

  /// What a reader should know before believing the figures, without repetition.
  var warnings: [String] {
    let all: [String] =
      switch content {
      case .run(let run): run.scenarios.flatMap(\.warnings)
      case .claims(let sections), .scaling(let sections), .tables(let sections):
        sections.flatMap(\.warnings)
      default: []
      }
    return all.reduce(into: []) { list, warning in
      if !list.contains(warning) { list.append(warning) }
    }
  }

  /// What the measurement said about the machine's quiet, the worst first.
  var noise: [String] {
    switch content {
    case .run(let run): run.scenarios.map(\.noise)
    case .claims(let sections), .scaling(let sections), .tables(let sections):
      sections.compactMap(\.noise)
    default: []
    }
  }

  private static func label(_ file: String) -> String {
    let name = file.split(separator: "/").last.map(String.init) ?? file
    return name.hasSuffix(".json") && name.count > 5 ? String(name.dropLast(5)) : name
  }

  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .string(let text): text
    case .bool(let flag): flag ? "yes" : "no"
    case .array(let elements): elements.map(text).joined(separator: " ")
    case .null: "unknown"
    default: JSONWriter(.compact).text(value)
    }
  }
}
