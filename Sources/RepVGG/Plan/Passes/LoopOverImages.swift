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
    for (index, operation) in operations.enumerated() {
      guard isLoopable(operation, after: index == 0 ? nil : operations[index - 1]) else { break }
      count = index + 1
      // Only the last may be read by others than the next.
      guard readers[operation.result].count == 1 else { break }
    }
    // The conversion of the input and one layer more are no chain.
    imageLoopCount = count > 2 ? count : 0
  }

  /// How many times as large as its weights an image's activations of a layer must be.
  ///
  /// RepVGG's first two stages at 224x224 have 3.6 (B3) to 14 (A0), what comes after has 2.7 or less,
  /// but for the first layers of the third stage in A0 and A1.
  private static let activationShare = 3.0

  private func isLoopable(_ operation: Operation, after previous: Operation?) -> Bool {
    guard let previous else {
      if case .input = operation.kind { return true }
      return false
    }
    guard case .convolution(let convolution) = operation.kind,
      operation.reads == [previous.result]
    else { return false }
    let activations =
      layouts[operation.reads[0]].imageStride + layouts[operation.result].imageStride
    return Double(activations)
      >= Self.activationShare * Double(convolution.geometry.kernelElementCount)
  }
}
