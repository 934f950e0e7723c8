import CommandLineKit
import Foundation
import RepVGG
import RepVGGImaging

/// Decodes images ahead of the engine, into batches that are returned in the order of the input.
///
/// Decoder threads fill a ring of batches while the engine computes an earlier one; an image is
/// decoded straight into its slot. The consumer helps when it would have to wait, so neither a slow
/// disk nor the decoders' low priority stops it. If an image cannot be read, its slot is undefined
/// and the error is stored with it.
final class ImageBatchQueue: @unchecked Sendable {
  /// How an image becomes its slot of a batch.
  struct Preprocessing: Sendable {
    /// The values of a slot.
    let elementCount: Int
    /// Writes an image's input to the start of a slot.
    let write: @Sendable (RGBImage, UnsafeMutableBufferPointer<Float>) throws(RepVGGError) -> Void
  }

  /// The outcome of one image.
  struct Outcome: Sendable {
    let item: ImageDataset.Item
    /// The size of the image in pixels; 0 if it could not be read.
    var width = 0
    var height = 0
    /// Why there is no image in the slot; nil if there is one.
    var error: RepVGGError?
    /// The codec's message about damage from which it recovered.
    var warning: String?
  }

  /// Images of one batch, valid until the next one is requested.
  struct Batch {
    /// The slots, one after the other; those after the last outcome hold earlier images.
    let images: UnsafeBufferPointer<Float>
    /// One outcome for each slot in use.
    let outcomes: [Outcome]
  }

  /// Batches that are decoded ahead or being computed.
  private static let ringLength = 3

  private let items: [ImageDataset.Item]
  private let batchSize: Int
  private let decoder: ImageDecoder
  private let preprocessing: Preprocessing
  private let buffer: AlignedBuffer
  private let batchElementCount: Int
  private var threads: [DecoderThread] = []

  // Everything below is guarded by the condition.
  private let condition = NSCondition()
  private var nextIndex = 0
  private var releasedBatchCount = 0
  private var currentBatch: Int?
  private var outcomes: [[Outcome?]]
  private var missingCounts: [Int]
  private var isStopping = false

  /// Starts to decode.
  ///
  /// - Parameters:
  ///   - items: The images in order.
  ///   - batchSize: Images per batch, at least 1.
  ///   - decoder: Reads files.
  ///   - preprocessing: Makes network input.
  ///   - threadCount: Decoder threads, at least 1; fewer are started if the system refuses more.
  /// - Throws: `outOfMemory`.
  init(
    _ items: [ImageDataset.Item], batchSize: Int, decoder: ImageDecoder,
    preprocessing: Preprocessing, threadCount: Int
  ) throws(RepVGGError) {
    self.items = items
    self.batchSize = batchSize
    self.decoder = decoder
    self.preprocessing = preprocessing
    batchElementCount = batchSize * preprocessing.elementCount
    buffer = try AlignedBuffer(elementCount: Self.ringLength * batchElementCount)
    outcomes = Array(
      repeating: Array(repeating: nil, count: batchSize), count: Self.ringLength)
    missingCounts = (0..<Self.ringLength).map { batch in
      max(0, min(batchSize, items.count - batch * batchSize))
    }
    for _ in 0..<min(threadCount, items.count) {
      guard let thread = DecoderThread({ [self] in work() }) else { break }
      threads.append(thread)
    }
  }

  /// The next batch, nil after the last one and after SIGINT; this releases the previous one.
  func next() -> Batch? {
    condition.lock()
    defer { condition.unlock() }
    if currentBatch != nil { release() }
    let batch = releasedBatchCount
    guard batch * batchSize < items.count else { return nil }
    let place = batch % Self.ringLength
    while missingCounts[place] > 0 {
      if SignalTrap.isInterrupted { return nil }
      if nextIndex < min(items.count, (batch + 1) * batchSize) {
        decodeNext()
      } else {
        // Not forever: a signal does not wake this thread.
        _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
      }
    }
    currentBatch = batch
    return Batch(
      images: UnsafeBufferPointer(
        start: buffer.base + place * batchElementCount, count: batchElementCount),
      outcomes: outcomes[place].compactMap(\.self))
  }

  /// Ends the threads after the images on which they work.
  ///
  /// Call it once, whatever happened.
  func stop() {
    condition.lock()
    isStopping = true
    condition.broadcast()
    condition.unlock()
    for thread in threads { thread.join() }
    threads = []
  }

  /// Releases the ring's slot of the current batch; the condition is locked.
  private func release() {
    let place = releasedBatchCount % Self.ringLength
    currentBatch = nil
    let start = (releasedBatchCount + Self.ringLength) * batchSize
    releasedBatchCount += 1
    missingCounts[place] = max(0, min(batchSize, items.count - start))
    outcomes[place] = Array(repeating: nil, count: batchSize)
    condition.broadcast()
  }

  /// The body of a decoder thread.
  private func work() {
    condition.lock()
    defer { condition.unlock() }
    while !isStopping, nextIndex < items.count {
      if nextIndex / batchSize < releasedBatchCount + Self.ringLength {
        decodeNext()
      } else {
        condition.wait()
      }
    }
  }

  /// Decodes the next image; the condition is locked, except while decoding.
  private func decodeNext() {
    let index = nextIndex
    nextIndex += 1
    condition.unlock()
    let (place, slot) = (index / batchSize % Self.ringLength, index % batchSize)
    let outcome = decode(
      items[index],
      into: UnsafeMutableBufferPointer(
        start: buffer.base + place * batchElementCount + slot * preprocessing.elementCount,
        count: preprocessing.elementCount))
    condition.lock()
    outcomes[place][slot] = outcome
    missingCounts[place] -= 1
    if missingCounts[place] == 0 { condition.broadcast() }
  }

  private func decode(
    _ item: ImageDataset.Item, into slot: UnsafeMutableBufferPointer<Float>
  ) -> Outcome {
    do throws(RepVGGError) {
      let decoded = try decoder.decode(contentsOf: item.path)
      try preprocessing.write(decoded.image, slot)
      return Outcome(
        item: item, width: decoded.image.width, height: decoded.image.height,
        warning: decoded.warning)
    } catch {
      return Outcome(item: item, error: error.inFile(item.path))
    }
  }
}
