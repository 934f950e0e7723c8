import SeededNumbers

/// Blocks computed in Float64 on random images, operator by operator and merged: how far they differ.
package struct BlockComparison: Sendable {
  /// Each block, in order.
  package private(set) var blocks: [GraphComparison.Difference] = []

  /// The block that differs most, relative to its norm; nil if there are none.
  package var worst: GraphComparison.Difference? {
    blocks.max { $0.relativeL2 < $1.relativeL2 }
  }

  /// Computes every block of a checkpoint.
  ///
  /// - Parameters:
  ///   - merging: The blocks.
  ///   - imageCount: Random images per block, a little larger than its kernel.
  ///   - seed: That of the images.
  ///   - cancellation: Checked between blocks.
  /// - Throws: What merging and the operators throw.
  package init(
    _ merging: CheckpointMerging, imageCount: Int = 1, seed: UInt64 = 1,
    cancellation: Cancellation = .never
  ) throws(RepVGGError) {
    let pool = try ThreadPool(workerCount: min(16, PlanOptions.availableThreadCount))
    for (index, block) in merging.blocks.enumerated() {
      try cancellation.check()
      let (source, geometry) = (block.tensors.block, block.tensors.geometry)
      let merged = LinearExpression.convolution(
        try Convolution(merging: source.expression, inputChannels: source.inputChannels))
      var random = SplitMix64(seed: seed &+ UInt64(index))
      var (expected, actual): ([Double], [Double]) = ([], [])
      for _ in 0..<imageCount {
        let image = ReferenceNetwork.Image(
          geometry, isPixel: source.isMatrix, random: &random)
        expected += try source.expression.evaluate(on: image, pool).values
        actual += try merged.evaluate(on: image, pool).values
      }
      guard
        let difference = GraphComparison.Difference(
          block.name, ReferenceTensor(shape: [actual.count], actual),
          ReferenceTensor(shape: [expected.count], expected))
      else { continue }
      blocks.append(difference)
    }
  }
}

extension ReferenceNetwork.Image {
  /// A random image for a convolution: every place of the kernel at a border and away from it.
  fileprivate init(
    _ geometry: ConvolutionGeometry, isPixel: Bool, random: inout SplitMix64
  ) {
    // Kernels are at most 63 pixels a side.
    let (rows, columns) =
      isPixel ? (1, 1) : (geometry.kernelSize.height + 3, geometry.kernelSize.width + 4)
    self.init(
      channels: geometry.inputChannels, height: rows, width: columns,
      values: (0..<geometry.inputChannels * rows * columns).map { _ in
        Double(random.float() + random.float() + random.float())
      })
  }
}
