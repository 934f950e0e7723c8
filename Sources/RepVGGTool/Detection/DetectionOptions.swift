import CommandLineKit
import RepVGGImaging

/// The options of `repvgg detect` for images and boxes.
enum DetectionOptions {
  static let weights = Option(
    required: "weights", short: "w", .inputFile("onnx"),
    help: "The network, an ONNX file; its metadata, or a config.json beside it, may have size,"
      + " normalisation and class names.")

  // MARK: - Boxes

  static let layout = Option(
    "layout",
    .oneOfCases("LAYOUT") { (layout: DetectionLayout) in
      switch layout {
      case .yolov6: "[batch, anchors, 5 + classes], also of YOLOv5 and 7"
      case .yolov8: "[batch, 4 + classes, anchors], also of later ones"
      case .yolox: "as yolov6, relative to the cells of grids"
      }
    }, defaultText: "yolov6 or yolov8, by shape and classes",
    help: "How the network's output holds its boxes.")
  static let output = Option(
    "output-name", .text("NAME"), defaultText: "the only one that fits",
    help: "The network's output with the boxes.")
  static let score = Option(
    "score", .number(0...1), default: 0.25, help: "Boxes have a score above this.")
  static let overlap = Option(
    "iou", .number(0...1), default: 0.45,
    help: "Of two boxes of a class with more intersection over union than this, the surer is kept.")
  static let maximumCount = Option(
    "max-boxes", .integer(1...100_000), default: 300, help: "The most boxes of an image.")
  static let isClassAgnostic = Flag(
    "class-agnostic", help: "Boxes of different classes suppress each other too.")

  static let boxes: [any ArgumentDeclaration] = [
    score, overlap, maximumCount, isClassAgnostic, layout, output,
  ]

  // MARK: - Images

  static let size = Option(
    "size", short: "s", .pixelSize(1...4096), defaultText: "the network's, else 640",
    help: "The network's input in pixels.")
  static let padding = Option(
    "padding",
    .oneOfCases("PADDING") { (padding: LetterboxPreset.Padding) in
      switch padding {
      case .full: "to the whole size"
      case .stride: "to the next multiple of the stride, one image at a time"
      }
    }, default: LetterboxPreset.Padding.full,
    help: "How far images are padded that have other proportions than the input.")
  static let stride = Option(
    "stride", .integer(1...4096), default: 32,
    help: "What sides of inputs are multiples of, for --padding stride.")
  static let placement = Option(
    "placement",
    .oneOfCases("PLACE") { (placement: LetterboxPreset.Placement) in
      switch placement {
      case .centre: "padding on both sides, as YOLOv5 and later"
      case .topLeft: "padding after the image, as YOLOX"
      }
    }, default: LetterboxPreset.Placement.centre, help: "Where images are in the input.")
  static let fill = Option(
    "fill", .integer(0...255), default: 114, help: "The level of padding.")
  static let channelOrder = Option(
    "channels",
    .oneOfCases("ORDER") { (order: LetterboxPreset.ChannelOrder) in
      switch order {
      case .rgb: "red, green, blue"
      case .bgr: "blue, green, red"
      }
    }, default: LetterboxPreset.ChannelOrder.rgb, help: "The order of the input's channels.")
  static let mean = Option(
    "mean", .list(of: .number(0...1), maximumCount: 3), defaultText: "the file's, else 0",
    help: "Mean of red, green and blue, of levels from 0 to 1: one value, or one for each.")
  static let standardDeviation = Option(
    "std", .list(of: .number(1e-6...1), maximumCount: 3), defaultText: "the file's, else 1",
    help: "Standard deviation of red, green and blue; 0.00392156862745098 keeps levels to 255.")

  static let images: [any ArgumentDeclaration] = [
    size, padding, stride, placement, fill, channelOrder, mean, standardDeviation,
    PreprocessingOptions.exif, PreprocessingOptions.batch,
  ]
}
