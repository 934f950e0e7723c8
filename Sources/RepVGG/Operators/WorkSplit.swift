/// How the workers of a layer share it.
package enum WorkSplit: String, Sendable, Hashable, CaseIterable {
  /// By output pixels: every worker reads all weights.
  case pixels
  /// By output channels: every worker reads the whole source and its own weights only.
  case outputChannels
}
