import BenchReport
import CommandLineKit
import Foundation
import Testing
import TextFormats

/// What stands on the page.
@Suite struct PageTests {
  @Test func theGapIsTheHeadline() throws {
    let page = try Samples.page([("run", Samples.run())])
    for text in [
      "What the branches of RepVGG-A0 cost", "1.50 ×", "plain is 1.50 times as fast as branched",
      "The 95 % interval is 1.49 to 1.51", "1.25 × folded", "median latency, ms", "8.00",
      "branched: 12.00", "125.0", "−57 %", "3.0 MiB against 7.0 MiB", "130.0 MiB",
      "Example CPU &lt;1&gt;", "2026-01-02", "plain: 3 of 40 are outliers", "the machine was quiet",
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test func severalCombinationsHaveARange() throws {
    let page = try Samples.page([("run", Samples.run(["RepVGG-A0", "RepVGG-B1"]))])
    #expect(page.contains("2 combinations were measured"))
    #expect(page.contains("RepVGG-B1, 1x3x224x224, 2 threads"))
    #expect(!page.contains("median latency, ms"))
  }

  /// A slower plain form is not sold as a faster one.
  @Test func theWordsFollowTheFigures() throws {
    func replaced(_ ratio: Double) -> JSONValue {
      Mutation.replacing(Samples.run(), key: "ratio", with: .double(ratio))
    }
    func page(_ ratio: Double) throws -> String {
      let interval: JSONValue = .array([.double(ratio - 0.02), .double(ratio + 0.02)])
      return try Samples.page([
        ("run", Mutation.replacing(replaced(ratio), key: "ci95", with: interval))
      ])
    }
    #expect(try page(1.5).contains("makes the network faster"))
    #expect(try page(0.8).contains("makes the network slower"))
    #expect(try page(1.01).contains("makes no certain difference"))
  }

  @Test(
    arguments: [
      ("run", ["id=\"gap\"", "id=\"latency\"", "id=\"memory\""], ["packed weights", "p95, ms"]),
      (
        "layers", ["id=\"layers\""],
        ["stage1.0 conv3x3", "winograd-4x4", "130 GFLOP/s", "peak 400 GFLOP/s", "30.5 GB/s"]
      ),
      (
        "claims", ["id=\"claims\""],
        [
          "Fragments cost time.", "Branches cost time.", "Branches cost memory.",
          "The 3x3 is the fastest operator.", "64x56x56", "1.50 ×", "100.0 MiB",
        ]
      ),
      ("scaling", ["id=\"scaling\""], ["2 streams of 1", "speed-up 1.90, 95 %"]),
      ("training", ["id=\"training\""], ["1.75 × as long", "40.00 ms", "2.2 MiB"]),
      ("equivalence", ["id=\"equivalence\""], ["relative L2 difference", "sgd", "2e-16"]),
      ("kernels", ["id=\"kernels\""], ["0.50, winograd-4x4"]),
      (
        "peers", ["id=\"peers\""],
        ["this engine, plain", "10.00 ms, 2.00 × as long", "ncnn 1.2.3", "100.0 MiB", "5e-07"]
      ),
      (
        "compare", ["id=\"more\""],
        ["regressed: of 1 scenarios", "8.000", "RepVGG-A0 plain: ratio 0.889, tolerance"]
      ),
    ] as [(String, [String], [String])])
  func everyExperimentHasItsSections(name: String, anchors: [String], texts: [String]) throws {
    let document = try #require(Samples.all.first { $0.name == name })
    let page = try Samples.page([document])
    let everywhere = [
      "id=\"noise\"", "id=\"environment\"", "cache l2", "1.0 MiB", "9.8.7", "0123456789ab",
      "--format",
    ]
    for text in anchors + texts + everywhere { #expect(page.contains(text), "\(text)") }
    let all = try Samples.page(Samples.all)
    for text in anchors + texts { #expect(all.contains(text), "\(text)") }
    // The sections of other experiments are not there.
    let others = [
      "gap", "layers", "claims", "scaling", "training", "equivalence", "kernels", "peers",
    ]
    for other in others where !anchors.contains("id=\"\(other)\"") {
      #expect(!page.contains("id=\"\(other)\""), "\(other)")
    }
  }

  @Test func resultsStandSideBySide() throws {
    let page = try Samples.page([
      ("old", Samples.run(factor: 1.5)), ("new", Samples.run()),
    ])
    #expect(page.contains("id=\"results\""))
    for text in ["old, ms", "new, ms", "12.00", "1.50 × as fast", "old: RepVGG-A0"] {
      #expect(page.contains(text), "\(text)")
    }
    // Two of one name are told apart.
    let same = try Samples.page([("run", Samples.run()), ("run", Samples.run())])
    #expect(same.contains("run (2), ms"))
    let single = try Samples.page([("new", Samples.run())])
    #expect(!single.contains("id=\"results\""))
  }

  @Test func noiseAndInterruptionAreSaid() throws {
    let noisy = Mutation.replacing(Samples.run(), key: "noise", with: "noisy")
    let page = try Samples.page([
      ("run", Mutation.replacing(noisy, key: "interrupted", with: true))
    ])
    #expect(page.contains("the machine was noisy: 3 of 3 measurements"))
    #expect(page.contains("the measurement was interrupted"))
    #expect(!page.contains("the machine was quiet"))
    let layers = try Samples.page([("layers", Samples.layers)])
    #expect(layers.contains("Not judged: layers."))
  }

  @Test func aTitleAndLabelsCanBeGiven() throws {
    var result = try Samples.result(Samples.layers)
    result.label = "the new server"
    let page = try ReportPage([result], title: "Servers & laptops").html()
    #expect(page.contains("<title>Servers &amp; laptops</title>"))
    #expect(page.contains("the new server"))
  }
}
