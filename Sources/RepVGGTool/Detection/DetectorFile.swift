import CommandLineKit
import RepVGG
import RepVGGImaging
import TextFormats
import ToolSupport

/// A detector's ONNX file: its network, its input, and what its metadata say.
struct DetectorFile {
  let network: Network
  /// The names of classes by their indices; empty for none.
  let classNames: [Int: String]
  /// The preprocessing that the metadata or a file beside the weights have.
  private let configuration: ModelConfiguration
  private let inputDimensions: [Dimension]

  /// The number of classes, if the file says it.
  var classCount: Int? {
    configuration.classCount
      ?? (classNames.keys.max() == classNames.count - 1 ? classNames.count : nil)
  }
  /// Images per run, if the network has a fixed number.
  var fixedBatchSize: Int? { inputDimensions[0].size }
  /// Whether height and width may differ from image to image.
  var hasFreeSize: Bool { inputDimensions[2].size == nil && inputDimensions[3].size == nil }

  /// Reads a file.
  ///
  /// - Throws: `unsupported` for a file without a graph, or a graph that does not take only images
  ///   of three channels, and what reading throws.
  init(_ path: String) throws(RepVGGError) {
    guard case .graph(let model) = try ModelFile(named: path) else {
      throw RepVGGError(
        .unsupported,
        "holds weights without a graph, so that where the boxes are is unknown; give the ONNX file"
          + " that the detector was exported to", file: path)
    }
    // Regions as nodes, of which plans make the form that is asked for.
    let network = try Network(model, file: path).mergingRegions(cancellation: .interruption).network
    let inputs = network.nodes.compactMap { node in
      if case .input(let type) = node.operation { (node.name, type) } else { nil }
    }
    guard inputs.count == 1, let dimensions = inputs[0].1.dimensions, dimensions.count == 4,
      inputs[0].1.elementType == .float32, (dimensions[1].size ?? 3) == 3
    else {
      let list = inputs.prefix(10).map {
        "'\($0.0)' \($0.1.dimensions?.text ?? "of any shape") \($0.1.elementType.rawValue)"
      }
      throw RepVGGError(
        .unsupported,
        "takes \(list.isEmpty ? "nothing" : list.joined(separator: ", ")), not one input of images"
          + " [batch, 3, height, width] of float32", file: path)
    }
    self.network = network
    inputDimensions = dimensions
    let metadata = network.origin.metadata
    var configuration =
      try StatedNetwork.read(metadata, path: path)?.configuration
      ?? ModelConfiguration()
    // As Ultralytics writes it.
    configuration.inputSize =
      configuration.inputSize ?? metadata["imgsz"].flatMap(Self.size).map { [3] + $0 }
    classNames = configuration.classNames ?? metadata["names"].flatMap(ClassNameText.names) ?? [:]
    self.configuration = configuration
  }

  /// Height and width of a text such as `[640, 640]` or `640`.
  private static func size(_ text: String) -> [Int]? {
    guard text.utf8.count <= 64 else { return nil }
    let sides = text.split { !$0.isNumber }.compactMap { Int($0) }
    return (1...2).contains(sides.count) ? [sides[0], sides[sides.count - 1]] : nil
  }

  /// Whether the file's own description is of a network of this many classes.
  ///
  /// - Throws: `badData` if it is not.
  func check(classCount: Int) throws(RepVGGError) {
    do {
      try configuration.check(classCount: classCount)
    } catch {
      throw error.inFile(network.origin.file ?? "")
    }
  }

  /// How images become the network's input.
  ///
  /// - Throws: `UsageError` if the command line contradicts the network, `RepVGGError` for
  ///   impossible values.
  func preset(_ arguments: Arguments) throws -> LetterboxPreset {
    let own = inputDimensions[2...].map(\.size)
    let wanted = arguments[DetectionOptions.size]
    for (own, wanted) in zip(own, [wanted?.height, wanted?.width]) {
      if let own, let wanted, own != wanted {
        throw UsageError(
          "--size contradicts the network, whose input is \(inputDimensions.text)")
      }
    }
    let stated = configuration.inputSize.flatMap { $0.count == 3 ? Array($0[1...]) : nil }
    let padding = arguments[DetectionOptions.padding]
    guard padding == .full || hasFreeSize else {
      throw UsageError(
        "--padding stride needs a network for inputs of any size; this one takes"
          + " \(inputDimensions.text)")
    }
    return try LetterboxPreset(
      width: own[1] ?? wanted?.width ?? stated?[1] ?? 640,
      height: own[0] ?? wanted?.height ?? stated?[0] ?? 640,
      padding: padding, stride: arguments[DetectionOptions.stride],
      placement: arguments[DetectionOptions.placement],
      fill: UInt8(arguments[DetectionOptions.fill]),
      channelOrder: arguments[DetectionOptions.channelOrder],
      mean: channels(
        arguments[DetectionOptions.mean], "--mean", else: configuration.mean, default: .zero),
      standardDeviation: channels(
        arguments[DetectionOptions.standardDeviation], "--std",
        else: configuration.standardDeviation, default: .one))
  }

  private func channels(
    _ given: [Double]?, _ name: String, else stated: [Double]?, default: SIMD3<Double>
  ) throws(UsageError) -> SIMD3<Double> {
    guard let values = given ?? stated else { return `default` }
    guard values.count == 1 || values.count == 3 else {
      throw UsageError("\(name) must have one value or three, for red, green and blue")
    }
    return SIMD3(values[0], values[values.count / 2], values[values.count - 1])
  }

  /// Images computed at once.
  ///
  /// - Throws: `UsageError` if the command line contradicts the network or the padding.
  func batchSize(_ arguments: Arguments, imageCount: Int) throws(UsageError) -> Int {
    let given =
      arguments.isGiven(PreprocessingOptions.batch) ? arguments[PreprocessingOptions.batch] : nil
    if arguments[DetectionOptions.padding] == .stride {
      guard given ?? 1 == 1, fixedBatchSize ?? 1 == 1 else {
        throw UsageError("--padding stride computes one image at a time: inputs differ in size")
      }
      return 1
    }
    guard let fixedBatchSize else {
      return ImageRun.batchSize(
        imageCount: imageCount, largest: arguments[PreprocessingOptions.batch])
    }
    guard given ?? fixedBatchSize == fixedBatchSize, (1...4096).contains(fixedBatchSize) else {
      throw UsageError("--batch contradicts the network, whose input is \(inputDimensions.text)")
    }
    return fixedBatchSize
  }
}
