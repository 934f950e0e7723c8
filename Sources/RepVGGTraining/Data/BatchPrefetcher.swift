import Dispatch
import RepVGG

/// Composes one batch in the background while another is in use.
final class BatchPrefetcher<Scalar: TrainingScalar>: @unchecked Sendable {
  private let composer: BatchComposer<Scalar>
  private let queue = DispatchQueue(label: "repvgg.training.batches")
  private let group = DispatchGroup()
  private let images: ScalarBuffer<Scalar>
  /// Written on the queue, read behind the group's wait.
  private var labels: Result<[Int32], any Error> = .success([])
  private var isPending = false

  /// A prefetcher of batches of up to `batchSize` images.
  init(_ composer: BatchComposer<Scalar>, batchSize: Int) throws {
    self.composer = composer
    images = try ScalarBuffer(count: batchSize * composer.imageCount)
  }

  deinit { group.wait() }

  /// Starts on the batch of those indices.
  func request(_ indices: ArraySlice<Int>, epoch: Int) {
    group.wait()
    isPending = true
    queue.async(group: group) { [self] in
      labels = Result { try composer.compose(indices, epoch: epoch, into: images.base) }
    }
  }

  /// Copies the requested batch, and gives its labels, once it is there.
  ///
  /// - Throws: what the source threw.
  func take(into target: ScalarBuffer<Scalar>) throws -> [Int32] {
    guard isPending else {
      throw RepVGGError(.internalInconsistency, "no batch was requested")
    }
    group.wait()
    isPending = false
    let labels = try labels.get()
    target.base.update(from: images.base, count: labels.count * composer.imageCount)
    return labels
  }
}
