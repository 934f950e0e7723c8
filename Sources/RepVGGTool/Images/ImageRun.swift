import CommandLineKit
import RepVGG
import RepVGGImaging
import ToolSupport

/// A run over image files: decoded ahead, computed by batches, until the last one or SIGINT.
struct ImageRun {
  /// What was computed until the end, or until SIGINT.
  struct Totals {
    /// Images that were computed.
    var imageCount = 0
    /// Images that could not be read.
    var errors: [RepVGGError] = []
    /// Wall time from the first file to the last result.
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

  /// Images per batch.
  let batchSize: Int
  let decoder: ImageDecoder
  let preprocessing: ImageBatchQueue.Preprocessing
  let threadCount: Int
  /// The CPUs of the threads that compute; empty if they are not bound.
  let cpus: [Int]

  /// Equal batches: 9 images are two batches of 5, not one of 8 and one with 7 empty slots.
  static func batchSize(imageCount: Int, largest: Int) -> Int {
    let batchCount = max(1, imageCount.dividedRoundingUp(by: largest))
    return max(1, imageCount.dividedRoundingUp(by: batchCount))
  }

  /// Computes images and passes each, in order, to the caller.
  ///
  /// - Parameters:
  ///   - items: The images.
  ///   - compute: Computes a batch in which at least one image could be read; may throw `cancelled`.
  ///   - body: Receives each image's slot in the batch and its outcome.
  ///   - batchEnd: Called after each batch with its number of images.
  /// - Returns: What was done.
  /// - Throws: `RepVGGError` if there is too little memory, and what the closures throw.
  func run(
    _ items: [ImageDataset.Item],
    compute: (ImageBatchQueue.Batch) throws(RepVGGError) -> Void,
    body: (Int, ImageBatchQueue.Outcome) throws -> Void, batchEnd: (Int) throws -> Void
  ) throws -> Totals {
    let start = ProgressReporter.monotonicSeconds()
    let queue = try ImageBatchQueue(
      items, batchSize: batchSize, decoder: decoder, preprocessing: preprocessing,
      threadCount: threadCount)
    defer { queue.stop() }
    // After the decoders, which would inherit it.
    try Pinning.pinCaller(cpus)
    var totals = Totals()
    var doneCount = 0
    while let batch = queue.next() {
      if batch.outcomes.contains(where: { $0.error == nil }) {
        do throws(RepVGGError) { try compute(batch) } catch {
          guard error.kind == .cancelled else { throw error }
          break
        }
      }
      for (slot, outcome) in batch.outcomes.enumerated() {
        if let error = outcome.error {
          totals.errors.append(error)
        } else {
          totals.imageCount += 1
        }
        try body(slot, outcome)
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
