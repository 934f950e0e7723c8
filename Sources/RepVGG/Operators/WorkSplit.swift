/// How the workers of a layer share it.
package enum WorkSplit: String, Sendable, Hashable, CaseIterable {
  /// By output pixels: every worker reads all weights.
  case pixels
  /// By output channels: every worker reads the whole source and its own weights only.
  case outputChannels

  /// The ways to share a layer that differ: one worker has all of it.
  static func splits(of layer: ConvolutionLayer) -> [WorkSplit] {
    layer.workerCount > 1 ? [.pixels, .outputChannels] : [.pixels]
  }
}
