import CommandLineKit
import Foundation
import RepVGG
import RepVGGImaging
import ToolSupport

/// A network in one or more forms, and the way from image files to its logits.
///
/// It belongs to one thread: the thread that makes it also runs it.
final class BatchEngine {
  let network: Network
  let preset: ImagePreset
  /// The names of the classes that the checkpoint or its configuration has; nil for none.
  let classNames: [String]?
  let forms: [Form]
  /// Images per batch; fewer than requested if there are few images.
  let batchSize: Int
  let classCount: Int
  /// Whether the plans of all forms have tuned choices.
  let isTuned: Bool
  private let decoder: ImageDecoder
  private let threadCount: Int
  private let cpus: [Int]
  private let sessions: [Session]
  private let logits: [AlignedBuffer.Shared]

  /// Loads the network and plans it for images of the command line's preprocessing.
  ///
  /// - Parameters:
  ///   - arguments: Those of a command that declares ``arguments``.
  ///   - forms: The forms to compute, at least one.
  ///   - imageCount: The number of images.
  /// - Throws: `RepVGGError`, `UsageError`.
  init(_ arguments: Arguments, forms: [Form], imageCount: Int) throws {
    let stated = try StatedNetwork(arguments[PreprocessingOptions.weights], arguments)
    let network = stated.network
    self.network = network
    self.forms = forms
    try Self.checkClassifiesImages(network)
    stated.warn(arguments)
    preset = try PreprocessingOptions.resolvedPreset(arguments, stated)
    classNames = stated.classNames
    batchSize = ImageRun.batchSize(
      imageCount: imageCount, largest: arguments[PreprocessingOptions.batch])
    classCount = network.outputCount
    decoder = ImageDecoder(appliesOrientation: arguments[PreprocessingOptions.exif])
    threadCount = arguments[SharedArguments.threads]
    cpus = arguments[Pinning.option].cpus
    let input = try InputShape(
      batch: batchSize, height: preset.cropSize, width: preset.cropSize)
    var sessions: [Session] = []
    let tuning = Tuning(arguments)
    for form in forms {
      let plan = try tuning.plan(
        network, input: input, options: EngineOptions.planOptions(arguments, form: form))
      sessions.append(try plan.makeSession(cpus: cpus, cancellation: .interruption))
    }
    self.sessions = sessions
    isTuned = sessions.allSatisfy(\.plan.isTuned)
    logits = try forms.map { _ in
      try AlignedBuffer.Shared(elementCount: input.batch * network.outputCount)
    }
  }

  /// Image files have three channels; what a network of other channels was trained on is unknown.
  private static func checkClassifiesImages(_ network: Network) throws(RepVGGError) {
    guard network.head != nil else {
      throw RepVGGError(
        .unsupported,
        "has no classifier, so there are no classes to name; 'repvgg run' computes its features",
        file: network.origin.file)
    }
    let channels = network.inputChannels
    guard channels == 3 else {
      throw RepVGGError(
        .unsupported,
        "takes images of \(channels) channels, image files are read as 3; prepare an array"
          + " [batch, \(channels), height, width] and give it to 'repvgg run'",
        file: network.origin.file)
    }
  }

  /// The options from which plans and sessions are made.
  static let planArguments: [any ArgumentDeclaration] = [
    SharedArguments.threads, EngineOptions.policy, EngineOptions.algorithm, Pinning.option,
    Tuning.option,
  ]
  /// The options from which an engine is made.
  static let engineArguments: [any ArgumentDeclaration] = planArguments + NetworkArguments.all
  /// The options for images and batches.
  static let imageArguments: [any ArgumentDeclaration] = [
    PreprocessingOptions.preset, PreprocessingOptions.size, PreprocessingOptions.mean,
    PreprocessingOptions.standardDeviation, PreprocessingOptions.exif, PreprocessingOptions.batch,
  ]

  /// Computes images until the last one or SIGINT, and passes each, in order, to the caller.
  ///
  /// - Parameters:
  ///   - items: The images.
  ///   - body: Receives the outcome of an image and its logits, one row for each form; no rows if
  ///     the image could not be read.
  ///   - batchEnd: Called after each batch with its number of images.
  /// - Returns: What was done.
  /// - Throws: `RepVGGError` if there is too little memory, and what the closures throw.
  func run(
    _ items: [ImageDataset.Item],
    body: (ImageBatchQueue.Outcome, [UnsafeBufferPointer<Float>]) throws -> Void,
    batchEnd: (Int) throws -> Void
  ) throws -> ImageRun.Totals {
    let preprocessor = ImagePreprocessor(preset: preset)
    let run = ImageRun(
      batchSize: batchSize, decoder: decoder,
      preprocessing: ImageBatchQueue.Preprocessing(
        elementCount: preprocessor.elementCount
      ) { image, slot throws(RepVGGError) in
        try preprocessor.preprocess(image, into: slot)
      }, threadCount: threadCount, cpus: cpus)
    return try run.run(items) { batch throws(RepVGGError) in
      for (session, output) in zip(sessions, logits) {
        try session.run(input: batch.images, output: output.elements)
      }
    } body: { slot, outcome in
      try body(
        outcome,
        outcome.error == nil ? logits.map { $0.row(slot, count: classCount) } : [])
    } batchEnd: { count in
      try batchEnd(count)
    }
  }
}

extension AlignedBuffer {
  /// A buffer that arrays can contain.
  final class Shared {
    private let buffer: AlignedBuffer

    init(elementCount: Int) throws(RepVGGError) {
      buffer = try AlignedBuffer(elementCount: elementCount)
    }

    var elements: UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(start: buffer.base, count: buffer.elementCount)
    }

    /// Row `index` of the rows of `count` elements.
    func row(_ index: Int, count: Int) -> UnsafeBufferPointer<Float> {
      UnsafeBufferPointer(rebasing: elements[index * count..<(index + 1) * count])
    }
  }
}
