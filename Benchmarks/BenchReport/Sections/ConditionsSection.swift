import CommandLineKit

/// Whether the machine was quiet, what it was, and how each result was made.
enum ConditionsSection {
  static func noise(_ results: [ResultDocument]) -> PageSection {
    var content: [Markup] = []
    for result in results {
      let prefix = results.count > 1 ? result.label + ": " : ""
      if result.isInterrupted {
        content.append(
          PageSection.verdict(
            prefix + "the measurement was interrupted; what had been measured is shown.",
            style: "interrupted"))
      }
      let states = result.noise
      guard let state = ["noisy", "unknown", "quiet"].first(where: states.contains) else {
        continue
      }
      let sentence =
        switch state {
        case "noisy":
          "the machine was noisy: \(states.count { $0 == "noisy" }) of \(states.count) "
            + "measurements were disturbed. Ratios of what took turns hold better than times."
        case "quiet": "the machine was quiet."
        default: "the system does not tell whether it was quiet."
        }
      content.append(PageSection.verdict(prefix + sentence, style: state))
      if !result.warnings.isEmpty {
        content.append(
          Markup("ul", ["class": "note"], result.warnings.map { Markup("li", [:], $0) }))
      }
    }
    let unjudged = results.filter { $0.noise.isEmpty }.map(\.label)
    if !unjudged.isEmpty {
      content.append(
        PageSection.verdict(
          "Not judged: " + unjudged.joined(separator: ", ") + ".", style: "unjudged"))
    }
    return PageSection(anchor: "noise", title: "Was the machine quiet?", content: content)
  }

  /// What decides times, before everything else that is known.
  private static let important = [
    "cpu", "isa", "cpu_isa", "logical_cpus", "physical_cores", "hypervisor", "cache_l1d_bytes",
    "cache_l2_bytes", "cache_l3_bytes", "memory_total_bytes", "transparent_huge_pages", "governor",
    "turbo", "blas_version", "blas_core", "os", "kernel",
  ]

  static func environment(_ results: [ResultDocument]) -> PageSection {
    // Results of one machine share a column.
    var machines: [(labels: [String], facts: [String: String])] = []
    var names: [String] = []
    for result in results {
      names += result.system.map(\.name).filter { !names.contains($0) }
      let facts = Dictionary(result.system.map { ($0.name, $0.value) }) { first, _ in first }
      let identity = important.map { facts[$0] }
      if let index = machines.firstIndex(where: { machine in
        important.map { machine.facts[$0] } == identity
      }) {
        machines[index].labels.append(result.label)
      } else {
        machines.append(([result.label], facts))
      }
    }
    func table(_ fields: [String]) -> DataTable {
      var table = DataTable(
        [.text("")]
          + machines.map {
            .text(machines.count > 1 ? $0.labels.joined(separator: ", ") : "value")
          })
      table.rows = fields.map { field in
        [name(field)] + machines.map { value($0.facts[field] ?? "–", field) }
      }
      return table
    }
    return PageSection(
      anchor: "environment", title: "Environment",
      content: [
        table(important.filter(names.contains)).markup,
        table(names.filter { !important.contains($0) }).folded("Everything known of the machine"),
        Markup("h3", [:], "How the results were made"),
      ] + results.map(origin))
  }

  private static func name(_ field: String) -> String {
    let words = field.hasSuffix("_bytes") ? String(field.dropLast(6)) : field
    return String(words.map { $0 == "_" ? " " : $0 })
  }

  private static func value(_ text: String, _ field: String) -> String {
    guard field.hasSuffix("_bytes"), let count = Int(text) else { return text }
    return TextFormat.bytes(count)
  }

  /// Which tool made a result, when and how.
  private static func origin(_ result: ResultDocument) -> Markup {
    var parts: [Markup] = [Markup("b", [:], result.label), .text(": \(result.experiment)")]
    if let date = result.startedAt { parts.append(.text(", started \(date)")) }
    if let version = result.toolVersion { parts.append(.text(", version \(version)")) }
    if let commit = result.commit {
      parts.append(.text(", commit \(commit.prefix(12))"))
    }
    if let command = result.command {
      parts.append(Markup("br"))
      // Lines break between words only, not at the dashes of options.
      let words = command.split(separator: " ").map { Markup("span", ["class": "word"], "\($0) ") }
      parts.append(Markup("code", [:], words))
    }
    return Markup("p", ["class": "note"], parts)
  }
}
