import BenchReport
import CommandLineKit
import Foundation
import Testing

/// The page and each of its drawings are well-formed, whatever stands in the results.
@Suite struct WellFormedTests {
  private static func fault(_ text: String) -> String? { WellFormedness.fault(text) }

  private static func drawings(_ page: String) -> [String] {
    page.components(separatedBy: "<svg").dropFirst().compactMap { part in
      part.range(of: "</svg>").map { "<svg" + part[..<$0.upperBound] }
    }
  }

  @Test(arguments: [
    "<p>a<br></p>", "<p>a & b</p>", "<p>a &nbsp; b</p>", "<p a=b>c</p>", "<p a='b'>c</p>",
    "<p a=\"b\" a=\"c\">d</p>", "<p>", "</p>", "<p/><p/>", "a", "<p>\u{8}</p>", "< p></p>",
    "<p a=\"<\">b</p>", "<!-- a --><p/>",
  ]) func theCheckFindsFaults(text: String) {
    #expect(Self.fault(text) != nil)
    #expect(Self.fault("<p a=\"b\">c &amp; d<br/></p>") == nil)
  }

  @Test(arguments: Samples.all.map(\.name)) func everyDrawingIsXML(name: String) throws {
    let document = try #require(Samples.all.first { $0.name == name })
    let page = try Samples.page([document])
    #expect(Self.fault(page) == nil)
    let drawings = Self.drawings(page)
    #expect(
      drawings.count == [
        "compare": 0, "run": 4, "layers": 2, "claims": 5, "training": 2, "peers": 2,
      ][name] ?? 1
    )
    for drawing in drawings {
      #expect(Self.fault(drawing) == nil)
      #expect(drawing.contains("aria-label="))
      #expect(!drawing.contains("nan") && !drawing.contains("inf\""))
    }
  }

  /// Nothing is fetched and nothing runs.
  @Test func thePageIsCompleteInItself() throws {
    let page = try Samples.page(Samples.all)
    let namespace = "http://www.w3.org/2000/svg"
    let rest = page.replacingOccurrences(of: namespace, with: "")
    for text in ["http:", "https:", "//", "src=", "url(", "@import", "<script", "<link", "onload="]
    {
      #expect(!rest.contains(text), "\(text)")
    }
    for text in ["prefers-color-scheme: dark", "@media print", "default-src 'none'"] {
      #expect(
        page.contains(text.replacingOccurrences(of: "'", with: "&#39;")) || page.contains(text))
    }
  }

  /// Texts that would be markup, in every place in which a result has a text.
  @Test(arguments: [
    "</title><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'&amp;<!--", "]]>",
    "\u{0}\u{8}\u{1B}[31m\u{202E}", String(repeating: "wide ", count: 2000),
  ]) func foreignTextIsNeverMarkup(text: String) throws {
    for sample in Samples.all {
      let page: String
      do {
        page = try Samples.page([
          (text + sample.name, Mutation.replacingTexts(sample.document, with: text))
        ])
      } catch is ReportError { continue }
      #expect(Self.fault(page) == nil, "\(sample.name)")
      #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("<!--"))
    }
  }

  /// Every number of every document in turn replaced by extreme ones: a page or a clear error.
  @Test(arguments: [
    0, -1, 1e308, -1e308, .leastNonzeroMagnitude, 1e18, 0.1,
  ]) func extremeNumbersDoNoHarm(number: Double) throws {
    var pages = 0
    for sample in Samples.all {
      let count = Mutation.numberCount(sample.document)
      for index in 0..<count {
        let document = Mutation.replacingNumber(sample.document, at: index, with: .double(number))
        do {
          let page = try Samples.page([(sample.name, document)])
          #expect(Self.fault(page) == nil, "\(sample.name), number \(index)")
          pages += 1
        } catch let error as ReportError {
          #expect(error.description.hasPrefix("folder/\(sample.name).json: "))
        }
      }
    }
    #expect(pages > 100)
  }
}
