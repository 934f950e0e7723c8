import CommandLineKit
import RepVGG
import RepVGGImaging
import TextFormats

/// The result of `repvgg evaluate`, for people and for programs.
struct EvaluationReport {
  let engine: BatchEngine
  let totals: ImageRun.Totals
  let tally: EvaluationTally
  /// The names of the class folders.
  let folders: [String]
  /// The network's output for each of them.
  let targets: [Int]
  let listsClasses: Bool
  /// What was skipped.
  let skipped: SkippedEntries

  private var hasComparison: Bool { engine.forms.count == 2 }

  /// Lines for people.
  var text: String {
    let forms = engine.forms.map(\.rawValue).joined(separator: " and ")
    var text = "\(engine.network.origin.architecture), \(forms)\npreset \(engine.preset.summary)\n"
    if listsClasses {
      var table = TextTable("folder", "class", "images", "top-1 %", "top-5 %")
      for (index, counts) in tally.classes.enumerated() {
        table.append([
          folders[index], "\(targets[index])", "\(counts.imageCount)", Self.percent(counts.top1),
          Self.percent(counts.top5),
        ])
      }
      text += "\n" + table.text() + "\n"
    }
    text += "top-1 \(Self.percent(tally.total.top1)) %, top-5 \(Self.percent(tally.total.top5)) %"
    text += " of \(totals.imageCount) images\n"
    if hasComparison {
      let comparison = tally.comparison
      text += "branched and plain agree on \(comparison.sameTop1Count) of"
      text += " \(comparison.imageCount) images; largest logit difference"
      text += " \(Self.rounded(comparison.maximumDifference))\n"
      for path in comparison.differing { text += "  differs: \(path.escapedForDisplay)\n" }
    }
    if !totals.errors.isEmpty { text += "\(totals.errors.count) could not be read\n" }
    text += "\(TextFormat.significant(totals.imagesPerSecond)) images/s"
    text += totals.isInterrupted ? "; interrupted, not all images are counted\n" : "\n"
    return text
  }

  /// One JSON document.
  func json(_ arguments: Arguments, _ directory: String) -> String {
    var object: JSONObject = [
      "schema_version": 1, "directory": .string(directory),
      "weights": .string(arguments[PreprocessingOptions.weights]),
      "architecture": .string(engine.network.origin.architecture),
      "form": .array(engine.forms.map { .string($0.rawValue) }),
      "preset": engine.preset.json, "exif": .bool(arguments[PreprocessingOptions.exif]),
      "policy": .string(arguments[EngineOptions.policy].rawValue),
      "algorithm": .string(arguments[EngineOptions.algorithm].rawValue),
      "tuned": .bool(engine.isTuned), "batch": .integer(engine.batchSize),
      "threads": .integer(arguments[SharedArguments.threads]),
      "classes": .integer(engine.classCount), "images": .integer(totals.imageCount),
      "top1_correct": .integer(tally.total.top1Count), "top1": JSONValue(tally.total.top1),
      "top5_correct": .integer(tally.total.top5Count), "top5": JSONValue(tally.total.top5),
      "seconds": .double(totals.seconds), "images_per_second": .double(totals.imagesPerSecond),
      "interrupted": .bool(totals.isInterrupted), "skipped": skipped.json,
      "errors": .array(
        totals.errors.map { ["path": JSONValue($0.file), "error": .string($0.reason)] }),
    ]
    if hasComparison {
      object["agreement"] = [
        "ok": .bool(tally.comparison.agrees), "images": .integer(tally.comparison.imageCount),
        "same_top1": .integer(tally.comparison.sameTop1Count),
        "max_logit_difference": .double(tally.comparison.maximumDifference),
        "differing": JSONValue(tally.comparison.differing),
      ]
    }
    if listsClasses {
      object["per_class"] = .array(
        tally.classes.enumerated().map { index, counts in
          [
            "folder": .string(folders[index]), "class": .integer(targets[index]),
            "images": .integer(counts.imageCount), "top1_correct": .integer(counts.top1Count),
            "top5_correct": .integer(counts.top5Count),
          ]
        })
    }
    return JSONWriter().text(.object(object)) + "\n"
  }

  private static func percent(_ share: Double?) -> String {
    share.map { TextFormat.fixed(100 * $0, digits: 2) } ?? "-"
  }

  private static func rounded(_ value: Double) -> String {
    value.isFinite ? "\(Float(value))" : "not finite"
  }
}
