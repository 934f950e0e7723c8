/// One page about some results: complete in itself, without scripts and without the network.
package struct ReportPage: Sendable {
  private let title: String
  private let results: [ResultDocument]

  /// - Parameters:
  ///   - results: What to report, in order; equal labels are numbered.
  ///   - title: The heading; nil for one made of what was measured.
  package init(_ results: [ResultDocument], title: String? = nil) {
    var results = results
    for index in results.indices {
      let label = results[index].label
      let earlier = results[..<index].map(\.label)
      var number = 2
      while earlier.contains(results[index].label) {
        results[index].label = "\(label) (\(number))"
        number += 1
      }
    }
    self.results = results
    self.title = title ?? Self.title(results)
  }

  /// The page as text.
  ///
  /// - Throws: Where a result lacks what its chart needs.
  package func html() throws(ReportError) -> String {
    let optional: [PageSection?] = [
      HeadlineSection.section(results), SideBySideSection.section(results),
      try PeersSection.section(results),
      LatencySection.section(results), MemorySection.section(results),
      LayersSection.section(results), try OtherSections.kernels(results),
      try ClaimsSection.section(results), try ScalingSection.section(results),
      try TrainingSections.training(results), TrainingSections.equivalence(results),
      OtherSections.tables(results),
    ]
    let sections =
      optional.compactMap { $0 }
      + [ConditionsSection.noise(results), ConditionsSection.environment(results)]
    let head = Markup(
      "head", [:],
      [
        Markup("meta", ["charset": "utf-8"]),
        Markup(
          "meta",
          [
            "http-equiv": "Content-Security-Policy",
            "content": "default-src 'none'; style-src 'unsafe-inline'",
          ]),
        Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        Markup("title", [:], title), .stylesheet(Stylesheet.rules),
      ])
    let contents = Markup(
      "nav", ["aria-label": "Contents"],
      [
        Markup(
          "ul", [:],
          sections.map { section in
            Markup("li", [:], [Markup("a", ["href": "#\(section.anchor)"], section.title)])
          })
      ])
    let header = Markup(
      "header", [:],
      [
        Markup("h1", [:], title), Markup("p", ["class": "lead"], subtitle), contents,
      ])
    let body = Markup("body", [:], [header, Markup("main", [:], sections.map(\.markup))])
    return "<!DOCTYPE html>\n" + Markup("html", ["lang": "en"], [head, body]).rendered + "\n"
  }

  /// The machine and the date, as far as the results agree.
  private var subtitle: String {
    var parts: [String] = []
    for name in ["cpu", "isa"] {
      let values = results.compactMap { $0.fact(name) }.reduce(into: [String]()) { list, value in
        if !list.contains(value) { list.append(value) }
      }
      if values.isEmpty { continue }
      let text = values.prefix(4).joined(separator: ", ") + (values.count > 4 ? ", …" : "")
      parts.append(name == "isa" ? "kernels \(text)" : text)
    }
    let days = results.compactMap { $0.startedAt.map { String($0.prefix(10)) } }.sorted()
    if let first = days.first, let last = days.last {
      parts.append(first == last ? first : "\(first) to \(last)")
    }
    return parts.joined(separator: " · ")
  }

  private static func title(_ results: [ResultDocument]) -> String {
    var models: [String] = []
    for result in results {
      guard case .run(let run) = result.content else { continue }
      for key in run.keys where !models.contains(key.model) { models.append(key.model) }
    }
    guard !models.isEmpty else { return "RepVGG on this CPU" }
    let named = models.count <= 3 ? models.joined(separator: ", ") : "\(models.count) networks"
    return "What the branches of \(named) cost"
  }
}
