import CommandLineKit
import RepVGG
import RepVGGImaging
import ToolSupport

/// A detector and the way from image files to boxes.
final class DetectionEngine {
  let file: DetectorFile
  let preset: LetterboxPreset
  let form: Form
  /// Images per run.
  let batchSize: Int
  /// The output with the boxes, for an input of the preset's size.
  let output: (name: String, shape: [Int])
  let detector: DetectionDecoder
  let classCount: Int
  /// The names of classes by their indices; empty for none.
  let classNames: [Int: String]
  let decoder: ImageDecoder
  private let runner: NetworkRunner
  private let threadCount: Int
  private let cpus: [Int]

  /// Loads a network.
  ///
  /// - Parameters:
  ///   - arguments: Those of `repvgg detect`.
  ///   - imageCount: The number of images.
  /// - Throws: `RepVGGError`, `UsageError`.
  init(_ arguments: Arguments, imageCount: Int) throws {
    let path = arguments[DetectionOptions.weights]
    file = try DetectorFile(path)
    preset = try file.preset(arguments)
    form = arguments[SharedArguments.form]
    batchSize = try file.batchSize(arguments, imageCount: imageCount)
    threadCount = arguments[SharedArguments.threads]
    cpus = arguments[Pinning.option].cpus
    decoder = ImageDecoder(appliesOrientation: arguments[PreprocessingOptions.exif])
    runner = NetworkRunner(file.network, arguments)
    let given = try arguments[ImageArguments.labels].map(NameFile.names)
    let shapes = try Self.outputShapes(
      of: file, input: [batchSize, 3, preset.height, preset.width])
    do {
      let found = try DetectionLayout.find(
        among: shapes, named: arguments[DetectionOptions.output],
        layout: arguments[DetectionOptions.layout],
        classCount: given?.count ?? file.classCount)
      output = shapes[found.index]
      detector = DetectionDecoder(
        layout: found.layout, scoreThreshold: Float(arguments[DetectionOptions.score]),
        suppression: NonMaximumSuppression(
          overlapThreshold: arguments[DetectionOptions.overlap],
          maximumCount: arguments[DetectionOptions.maximumCount],
          isClassAgnostic: arguments[DetectionOptions.isClassAgnostic]))
    } catch {
      throw error.inFile(path)
    }
    classCount = detector.layout.classCount(in: output.shape) ?? 0
    if let given {
      classNames = Dictionary(uniqueKeysWithValues: given.enumerated().map { ($0, $1) })
    } else {
      try file.check(classCount: classCount)
      classNames = file.classNames
    }
    // What the engine cannot run is said before anything is printed.
    try runner.prepare(InputShape(batch: batchSize, height: preset.height, width: preset.width))
  }

  /// The shapes of the outputs for a shape of the input.
  ///
  /// - Throws: `badData` if the network cannot take the input, `unsupported` if a shape depends on
  ///   the values of an image.
  private static func outputShapes(
    of file: DetectorFile, input: [Int]
  ) throws(RepVGGError) -> [(name: String, shape: [Int])] {
    var network = file.network
    for index in network.nodes.indices {
      guard case .input(var type) = network.nodes[index].operation else { continue }
      type.dimensions = input.map { .fixed($0) }
      network.nodes[index].operation = .input(type)
    }
    let facts = try network.facts()
    let shapes = network.outputs.compactMap { output in
      facts[output.node.index].shape.map { (name: output.name, shape: $0) }
    }
    guard !shapes.isEmpty else {
      throw RepVGGError(
        .unsupported, "the shapes of its outputs are not known before an image is computed",
        file: network.origin.file)
    }
    return shapes
  }

  /// Detects until the last image or SIGINT, and passes each, in order, to the caller.
  ///
  /// - Parameters:
  ///   - items: The images.
  ///   - body: Receives the outcome of an image and its boxes; nil if it could not be read.
  ///   - batchEnd: Called after each batch with its number of images.
  /// - Returns: What was done.
  /// - Throws: `RepVGGError`, and what the closures throw.
  func run(
    _ items: [ImageDataset.Item],
    body: (ImageBatchQueue.Outcome, [Detection]?) throws -> Void,
    batchEnd: (Int) throws -> Void
  ) throws -> ImageRun.Totals {
    let preprocessor = LetterboxPreprocessor(preset: preset)
    let run = ImageRun(
      batchSize: batchSize, decoder: decoder,
      preprocessing: ImageBatchQueue.Preprocessing(
        elementCount: preprocessor.elementCount
      ) { image, slot throws(RepVGGError) in
        try preprocessor.preprocess(image, into: slot)
      }, threadCount: threadCount, cpus: cpus)
    var boxes: [[Detection]?] = []
    return try run.run(items) { batch throws(RepVGGError) in
      boxes = try detections(batch)
    } body: { slot, outcome in
      try body(outcome, outcome.error == nil && slot < boxes.count ? boxes[slot] : nil)
    } batchEnd: { count in
      try batchEnd(count)
    }
  }

  /// The boxes of a batch's images.
  private func detections(
    _ batch: ImageBatchQueue.Batch
  ) throws(RepVGGError) -> [[Detection]?] {
    let geometries = batch.outcomes.map {
      LetterboxGeometry(imageWidth: $0.width, imageHeight: $0.height, preset: preset)
    }
    // With padding to the stride, a batch is one image, which may fill only a part of its slot.
    let (height, width) =
      preset.padding == .full
      ? (preset.height, preset.width) : (geometries[0].height, geometries[0].width)
    let shape = try InputShape(batch: batchSize, height: height, width: width)
    let outputs = try runner.outputs(
      UnsafeBufferPointer(rebasing: batch.images.prefix(shape.elementCount)), shape)
    guard let output = outputs.first(where: { $0.name == self.output.name }) else {
      throw RepVGGError(
        .internalInconsistency, "the output '\(self.output.name)' was not computed",
        file: file.network.origin.file)
    }
    var boxes: [[Detection]?] = []
    for (slot, outcome) in batch.outcomes.enumerated() {
      guard outcome.error == nil else {
        boxes.append(nil)
        continue
      }
      var failure: RepVGGError?
      boxes.append(
        output.elements.withUnsafeBufferPointer { elements in
          do throws(RepVGGError) {
            return try detector.detections(
              in: elements, shape: output.shape, image: slot, geometry: geometries[slot])
          } catch {
            failure = error
            return nil
          }
        })
      if let failure { throw failure.inFile(file.network.origin.file ?? "") }
    }
    return boxes
  }
}
