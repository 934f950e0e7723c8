import CommandLineKit
import RepVGG
import RepVGGImaging
import TextFormats
import ToolSupport

/// What `repvgg detect` prints: a line for each box, or a JSON object for each image.
struct DetectionText {
  let isJSON: Bool
  /// The names of the classes by their indices.
  let classNames: [Int: String]

  /// What is run, and everything that was recognised or assumed.
  func header(
    _ engine: DetectionEngine, _ arguments: Arguments, shard: Shard, _ skipped: SkippedEntries
  ) -> String {
    let (detector, preset) = (engine.detector, engine.preset)
    guard isJSON else {
      let file = arguments[DetectionOptions.weights].split(separator: "/").last.map(String.init)
      return
        "# \((file ?? "").escapedForDisplay), \(engine.form.rawValue); \(preset.summary);"
        + " \(detector.layout.rawValue) of \(engine.classCount) classes from"
        + " '\(engine.output.name.escapedForDisplay)' \(engine.output.shape)\n"
        + "# image\tclass\tscore\tx\ty\twidth\theight\n"
    }
    func list(_ values: SIMD3<Double>) -> JSONValue { JSONValue((0..<3).map { values[$0] }) }
    let letterbox: JSONValue = [
      "height": .integer(preset.height), "width": .integer(preset.width),
      "padding": .string(preset.padding.rawValue), "stride": .integer(preset.stride),
      "placement": .string(preset.placement.rawValue), "fill": .integer(Int(preset.fill)),
      "channels": .string(preset.channelOrder.rawValue), "mean": list(preset.mean),
      "std": list(preset.standardDeviation),
    ]
    return ImageLines.line([
      "meta": [
        "schema_version": 1, "tool": .string("repvgg \(ToolVersion.number)"),
        "weights": .string(arguments[DetectionOptions.weights]),
        "architecture": .string(engine.file.network.origin.architecture),
        "form": .string(engine.form.rawValue), "classes": .integer(engine.classCount),
        "letterbox": letterbox, "exif": .bool(arguments[PreprocessingOptions.exif]),
        "layout": .string(detector.layout.rawValue), "output": .string(engine.output.name),
        "output_shape": JSONValue(engine.output.shape),
        "score": .double(arguments[DetectionOptions.score]),
        "iou": .double(detector.suppression.overlapThreshold),
        "max_boxes": .integer(detector.suppression.maximumCount),
        "class_agnostic": .bool(detector.suppression.isClassAgnostic),
        "policy": .string(arguments[EngineOptions.policy].rawValue),
        "algorithm": .string(arguments[EngineOptions.algorithm].rawValue),
        "batch": .integer(engine.batchSize),
        "threads": .integer(arguments[SharedArguments.threads]),
        "shard": .string(shard.description), "skipped": skipped.json,
      ]
    ])
  }

  /// The lines of an image.
  ///
  /// - Parameters:
  ///   - outcome: The image.
  ///   - boxes: Its boxes; nil for an image that could not be read.
  ///   - drawing: The file with the picture of the boxes; nil for none.
  /// - Returns: The lines, each with its end.
  func image(
    _ outcome: ImageBatchQueue.Outcome, boxes: [Detection]?, drawing: String?
  ) -> String {
    let item = outcome.item
    guard let boxes else { return isJSON ? ImageLines.failure(outcome) : "" }
    guard isJSON else {
      let name = item.path.escapedForDisplay
      // An image without boxes has a line too.
      return boxes.isEmpty ? name + "\n" : boxes.map { "\(name)\t\(cells($0))\n" }.joined()
    }
    var object: JSONObject = [
      "index": .integer(item.index), "path": .string(item.path),
      "width": .integer(outcome.width), "height": .integer(outcome.height),
      "boxes": .array(boxes.map(json)),
    ]
    if let drawing { object["drawing"] = .string(drawing) }
    if let warning = outcome.warning { object["warning"] = .string(warning) }
    return ImageLines.line(.object(object))
  }

  /// What is written at a box in a picture.
  func label(_ box: Detection) -> String {
    name(box.classIndex) + " " + TextFormat.fixed(Double(box.score), digits: 2)
  }

  private func name(_ index: Int) -> String { classNames[index] ?? "\(index)" }

  private func cells(_ box: Detection) -> String {
    let sides = [box.x, box.y, box.width, box.height].map { TextFormat.fixed($0, digits: 1) }
    return
      ([
        name(box.classIndex).escapedForDisplay, TextFormat.fixed(Double(box.score), digits: 4),
      ] + sides).joined(separator: "\t")
  }

  private func json(_ box: Detection) -> JSONValue {
    var object: JSONObject = ["class": .integer(box.classIndex)]
    if let name = classNames[box.classIndex] { object["label"] = .string(name) }
    object["score"] = .double(Double(box.score))
    object["x"] = .double(box.x)
    object["y"] = .double(box.y)
    object["width"] = .double(box.width)
    object["height"] = .double(box.height)
    return .object(object)
  }
}
