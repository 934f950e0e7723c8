extension PlanGraph {
  /// Runs the first operations image by image where the activations between them are large and their
  /// weights small, and the workers can share out the images evenly.
  ///
  /// A loop keeps what one image's layers write for each other in the cache, and reads all of their
  /// weights again for each image.
  mutating func loopOverImages(workerCount: Int) {
    let batch = input.batch
    let isEven = batch % workerCount == 0 || batch >= 4 * workerCount
    guard batch > 1, batch >= workerCount, isEven else { return }
    let readers = readers
    var count = 0
    let first = firstLoopedOperation
    for (index, operation) in operations.enumerated().dropFirst(first) {
      guard isLoopable(operation, after: index == first ? nil : operations[index - 1]) else {
        break
      }
      count = index - first + 1
      // Only the last may be read by others than the next.
      guard readers[operation.result].count == 1 else { break }
    }
    // The conversion of the input and one layer more are no chain.
    imageLoopCount = count > 2 ? count : 0
  }

  /// How many times as large as its weights an image's activations of a layer must be: otherwise
  /// what the loop saves is less than what it reads again.
  private static let activationShare = 3.0
  /// How many output pixels of an image must use each weight, which the loop reads, and maybe
  /// transforms, for each image.
  ///
  /// Estimate: RepVGG's first two stages have as many from 160x160 on, the third has 784 at 224x224.
  private static let pixelCount = 1600

  private func isLoopable(_ operation: Operation, after previous: Operation?) -> Bool {
    guard let previous else {
      if case .images = operation.kind { return true }
      return false
    }
    guard case .convolution(let convolution) = operation.kind,
      operation.reads == [previous.result], values[operation.result].part == nil
    else { return false }
    let result = layout(of: operation.result)
    let activations = layout(of: operation.reads[0]).imageStride + result.imageStride
    return result.height * result.width >= Self.pixelCount
      && Double(activations)
        >= Self.activationShare * Double(convolution.geometry.kernelElementCount)
  }
}
