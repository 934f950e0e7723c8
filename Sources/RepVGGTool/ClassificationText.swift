import CommandLineKit
import RepVGG
import RepVGGImaging
import ToolSupport
import TextFormats

/// What `repvgg classify` prints: lines for people, or JSON objects, one per line.
struct ClassificationText {
  let isJSON: Bool
  /// The names of the classes; nil for their indices.
  let labels: [String]?
  let topCount: Int

  /// What is run, and how images are prepared.
  func header(
    _ engine: BatchEngine, _ arguments: Arguments, shard: Shard, _ skipped: SkippedEntries
  ) -> String {
    let form = engine.forms.map(\.rawValue).joined(separator: ", ")
    guard isJSON else {
      return "# \(engine.network.origin.architecture), \(form); preset \(engine.preset.summary)\n"
    }
    return ImageLines.line([
      "meta": [
        "schema_version": 1, "tool": .string("repvgg \(ToolVersion.number)"),
        "weights": .string(arguments[PreprocessingOptions.weights]),
        "architecture": .string(engine.network.origin.architecture), "form": .string(form),
        "classes": .integer(engine.classCount), "preset": engine.preset.json,
        "exif": .bool(arguments[PreprocessingOptions.exif]),
        "policy": .string(arguments[EngineOptions.policy].rawValue),
        "algorithm": .string(arguments[EngineOptions.algorithm].rawValue),
        "tuned": .bool(engine.isTuned), "batch": .integer(engine.batchSize),
        "threads": .integer(arguments[SharedArguments.threads]),
        "shard": .string(shard.description), "skipped": skipped.json,
      ]
    ])
  }

  /// The line of an image; for an image without logits the error, which text output leaves to
  /// messages.
  func image(
    _ outcome: ImageBatchQueue.Outcome, logits: UnsafeBufferPointer<Float>?
  ) -> String {
    let item = outcome.item
    guard let logits else {
      return isJSON ? ImageLines.failure(outcome) : ""
    }
    let predictions = Prediction.top(logits, count: topCount)
    guard isJSON else {
      let cells = predictions.map {
        label($0.classIndex).escapedForDisplay + "\t" + TextFormat.fixed($0.probability, digits: 4)
      }
      return ([item.path.escapedForDisplay] + cells).joined(separator: "\t") + "\n"
    }
    var object: JSONObject = [
      "index": .integer(item.index), "path": .string(item.path),
      "top": .array(
        predictions.map {
          [
            "class": .integer($0.classIndex), "label": .string(label($0.classIndex)),
            "probability": .double($0.probability),
          ]
        }),
    ]
    if let warning = outcome.warning { object["warning"] = .string(warning) }
    return ImageLines.line(.object(object))
  }

  private func label(_ classIndex: Int) -> String {
    guard let labels, labels.indices.contains(classIndex) else { return "\(classIndex)" }
    return labels[classIndex]
  }
}
