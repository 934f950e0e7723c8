/// What one worker does for a layer: counts, which ``CostModel`` prices for a machine.
///
/// Of workers that share a layer unevenly it is the one with the most to do.
package struct LayerWork: Sendable {
  /// Products that meet the same number of rows with each weight.
  package struct Products: Sendable {
    /// How many matrices of weights they multiply by.
    package var matrixCount = 1.0
    /// Multiply-adds with each of these matrices.
    package var multiplyAdds: Double
    /// Rows that each panel of weights meets at a time.
    package var rows: Double
  }

  /// What computes the products.
  package enum Multiplier: Sendable {
    /// The kernels' register blocks over panels of a width; combining weights in registers adds terms
    /// to each of them.
    case panels(width: Int, extraTerms: Double)
    /// Vectors of channels, each by weights of its own.
    case vectors
    /// sgemm of OpenBLAS.
    case sgemm
  }

  /// Data that a chunk of the layer uses again and again, and that spills where the cache is too small.
  package struct WorkingSet: Sendable {
    package var byteCount: Double
    /// Weights that pass through the cache meanwhile.
    package var passingByteCount: Double
    /// Bytes read again, of data written once.
    package var rereadByteCount: Double
    /// Bytes written and read back.
    package var rewrittenByteCount: Double
    package var chunkCount: Double
  }

  package var products: [Products]
  package var multiplier: Multiplier

  /// Bytes of packed weights, and how often they are read.
  package var weightByteCount = 0.0
  package var weightPasses = 1.0
  /// Workers that read different weights at the same time.
  package var weightReaderCount = 1
  /// Whether products by each matrix wait for its own weights only, not for all of them.
  package var readsMatrixByMatrix = true

  /// Floats that transforms of weights, inputs and outputs write.
  package var transformedWeights = 0.0
  package var transformedInputs = 0.0
  package var transformedOutputs = 0.0
  /// Sums that a block of weights continues from the one before.
  package var carriedSums = 0.0
  package var workingSet: WorkingSet?
  /// Bytes read and written to gather patches of pixels.
  package var patchByteCount = 0.0
  /// Calls of kernels, one per register block.
  package var callCount = 0.0

  /// Bytes of both activations.
  package var activationByteCount: Double
  /// Bytes of the source that other workers have written, read within transforms.
  package var foreignByteCount = 0.0
  /// Whether other workers are waited for.
  package var joins: Bool

  /// The work of a layer but for its products: a share of the activations, and a join.
  package init(
    _ layer: ConvolutionLayer, split: WorkSplit, multiplier: Multiplier, products: [Products] = []
  ) {
    let workers = Double(layer.workerCount)
    let source = 4 * Double(layer.shape.source.elementCount)
    self.products = products
    self.multiplier = multiplier
    activationByteCount =
      4 * Double(layer.shape.source.elementCount + layer.shape.destination.elementCount) / workers
    foreignByteCount = split == .outputChannels ? source * (1 - 1 / workers) : 0
    weightReaderCount = split == .pixels ? 1 : layer.workerCount
    joins = layer.workerCount > 1
  }
}
