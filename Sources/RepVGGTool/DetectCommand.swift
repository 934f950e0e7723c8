import CommandLineKit
import RepVGG
import RepVGGImaging
import ToolSupport

/// `repvgg detect IMAGES --weights FILE`: boxes around what a detector finds.
enum DetectCommand {
  private static let draw = Option(
    "draw", .directory, help: "Folder that receives every image with its boxes as a PNG file.")
  private static let shard = ImageArguments.shard("Search")

  static let command = Command(
    "detect", summary: "Find objects in images with a YOLO-like detector",
    discussion: """
      Scales each image to the network's input, pads it with grey, computes the network, and \
      suppresses boxes that overlap a surer one of their class; of equal scores the box that comes \
      first in the output is the surer one. Images, batches, order and errors are as with classify.

      The first line has everything that was recognised or assumed: the input, its normalisation, \
      and how the output holds its boxes. Each further line is a box: image, class, score, and left, \
      top, width and height in pixels of the image, separated by tabs, the surest box first. An \
      image without boxes has a line with its name alone.

      An image that cannot be read is reported and skipped; the others are searched, and the exit \
      code is 65, or 66 if no image could be opened at all.
      """,
    arguments: [
      ImageArguments.images, DetectionOptions.weights, ImageArguments.labels, draw,
      ImageArguments.jsonl, shard,
    ],
    groups: [
      Command.Group("Boxes", DetectionOptions.boxes),
      Command.Group("Images", DetectionOptions.images),
      Command.Group("Engine", [SharedArguments.form] + BatchEngine.planArguments),
    ],
    examples: [
      Command.Example("repvgg detect photos/ -w yolov6n.onnx --draw boxes --jsonl", ""),
      Command.Example(
        "repvgg detect photo.jpg -w yolox.onnx --layout yolox --placement top-left --channels bgr"
          + " --std 0.00392156862745098", "as YOLOX was trained"),
    ]
  ) { arguments in
    let selection = try ImageSelection(arguments[ImageArguments.images], shard: arguments[shard])
    let engine = try DetectionEngine(arguments, imageCount: selection.items.count)
    let drawings = try arguments[draw].map {
      try DetectionDrawings(
        $0, items: selection.items, shard: arguments[shard], decoder: engine.decoder)
    }
    let text = DetectionText(
      isJSON: arguments[ImageArguments.jsonl], classNames: engine.classNames)
    let messages = RunMessages(
      arguments, label: "Detecting", totalCount: selection.items.count)
    defer { messages.finish() }
    try messages.write(text.header(engine, arguments, shard: arguments[shard], selection.skipped))
    messages.remark(on: selection.skipped)
    for problem in selection.problems {
      messages.error(problem)
      if text.isJSON { try messages.write(ImageLines.problem(problem)) }
    }
    var lines = ""
    var totals = try engine.run(selection.items) { outcome, boxes in
      messages.report(outcome)
      let drawing = try boxes.flatMap {
        try drawings?.write(outcome, boxes: $0, label: text.label)
      }
      lines += text.image(outcome, boxes: boxes, drawing: drawing)
    } batchEnd: { count in
      try messages.write(lines)
      lines = ""
      messages.advance(by: count)
    }
    totals.errors += selection.problems
    messages.conclude(totals)
    return totals.exitCode
  }
}
