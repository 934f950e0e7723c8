import CommandLineKit
import Foundation
import RepVGG
import RepVGGImaging
import ToolSupport

/// A network in one or more forms, and the way from image files to its logits.
///
/// It belongs to one thread: the thread that makes it also runs it.
final class BatchEngine {
  /// What was computed until the end, or until SIGINT.
  struct Totals {
    /// Images whose logits were computed.
    var imageCount = 0
    /// Images that could not be read.
    var errors: [RepVGGError] = []
    /// Wall time from the first file to the last logits.
    var seconds = 0.0
    /// Whether SIGINT ended it before the last image.
    var isInterrupted = false

    var imagesPerSecond: Double { seconds > 0 ? Double(imageCount) / seconds : 0 }

    /// Success, or why not everything was done.
    var exitCode: ExitCode {
      if isInterrupted { return .interrupted }
      if errors.isEmpty { return .success }
      let isAllMissing = imageCount == 0 && errors.allSatisfy { $0.kind == .missingInput }
      return isAllMissing ? .inputMissing : .badData
    }
  }

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
    // Equal batches: 9 images are two batches of 5, not one of 8 and one with 7 empty slots.
    let largest = arguments[PreprocessingOptions.batch]
    let batchCount = max(1, imageCount.dividedRoundingUp(by: largest))
    batchSize = max(1, imageCount.dividedRoundingUp(by: batchCount))
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

  /// The options from which an engine is made.
  static let engineArguments: [any ArgumentDeclaration] =
    [
      SharedArguments.threads, EngineOptions.policy, EngineOptions.algorithm, Pinning.option,
      Tuning.option,
    ] + NetworkArguments.all
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
  ) throws -> Totals {
    let start = ProgressReporter.monotonicSeconds()
    let queue = try ImageBatchQueue(
      items, batchSize: batchSize, decoder: decoder,
      preprocessor: ImagePreprocessor(preset: preset), threadCount: threadCount)
    defer { queue.stop() }
    // After the decoders, which would inherit it.
    try Pinning.pinCaller(cpus)
    var totals = Totals()
    var doneCount = 0
    while let batch = queue.next() {
      if batch.outcomes.contains(where: { $0.error == nil }) {
        do throws(RepVGGError) {
          for (session, output) in zip(sessions, logits) {
            try session.run(input: batch.images, output: output.elements)
          }
        } catch {
          guard error.kind == .cancelled else { throw error }
          break
        }
      }
      for (slot, outcome) in batch.outcomes.enumerated() {
        if let error = outcome.error {
          totals.errors.append(error)
          try body(outcome, [])
        } else {
          totals.imageCount += 1
          try body(outcome, logits.map { $0.row(slot, count: classCount) })
        }
      }
      doneCount += batch.outcomes.count
      totals.seconds = ProgressReporter.monotonicSeconds() - start
      try batchEnd(batch.outcomes.count)
      if SignalTrap.isInterrupted { break }
    }
    if SignalTrap.isInterrupted { totals.isInterrupted = doneCount < items.count }
    return totals
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
