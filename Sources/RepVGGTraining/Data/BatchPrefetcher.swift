import Glibc
import RepVGG

/// Composes one batch in the background while another is in use.
///
/// Where the system has no thread for it, a batch is composed when it is taken.
final class BatchPrefetcher<Scalar: TrainingScalar>: @unchecked Sendable {
  private let composer: BatchComposer<Scalar>
  private let images: ScalarBuffer<Scalar>
  /// What is being composed, and in which thread.
  private var pending: (indices: ArraySlice<Int>, epoch: Int, thread: pthread_t?)?
  /// Written by the thread, read after it ended.
  private var labels: Result<[Int32], any Error> = .success([])

  /// A prefetcher of batches of up to `batchSize` images.
  init(_ composer: BatchComposer<Scalar>, batchSize: Int) throws {
    self.composer = composer
    images = try ScalarBuffer(count: batchSize * composer.imageCount)
  }

  deinit { finish() }

  /// Starts on the batch of those indices.
  func request(_ indices: ArraySlice<Int>, epoch: Int) {
    finish()
    // The thread ends before the prefetcher does.
    let thread = startThread { [unowned(unsafe) self] in compose(indices, epoch: epoch) }
    pending = (indices, epoch, thread)
  }

  /// Waits for the requested batch, copies it and returns its labels.
  ///
  /// - Throws: what the source threw.
  func take(into target: ScalarBuffer<Scalar>) throws -> [Int32] {
    guard let (indices, epoch, thread) = pending else {
      throw RepVGGError(.internalInconsistency, "no batch was requested")
    }
    finish()
    if thread == nil { compose(indices, epoch: epoch) }
    let labels = try labels.get()
    target.base.update(from: images.base, count: labels.count * composer.imageCount)
    return labels
  }

  private func compose(_ indices: ArraySlice<Int>, epoch: Int) {
    labels = Result { try composer.compose(indices, epoch: epoch, into: images.base) }
  }

  /// Waits for the thread, where there is one.
  private func finish() {
    if let thread = pending?.thread { pthread_join(thread, nil) }
    pending = nil
  }
}
