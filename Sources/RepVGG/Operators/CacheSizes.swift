/// What an algorithm's defaults need to know of a core's caches.
package struct CacheSizes: Sendable, Hashable {
  /// First-level data cache of a core.
  package var level1ByteCount: Int
  /// Second-level cache of a core.
  package var level2ByteCount: Int

  package init(level1ByteCount: Int = 32 << 10, level2ByteCount: Int = 1 << 20) {
    self.level1ByteCount = level1ByteCount
    self.level2ByteCount = level2ByteCount
  }

  /// Depth of a weight block that leaves a quarter of L1 to the pixels.
  package func depthBlock(panelWidth: Int) -> Int {
    max(16, level1ByteCount * 3 / 4 / (4 * panelWidth) / 16 * 16)
  }
}

/// How the workers of a layer share it.
package enum WorkSplit: String, Sendable, Hashable, CaseIterable {
  /// By output pixels: every worker reads all weights.
  case pixels
  /// By output channels: every worker reads the whole source and its own weights only.
  case outputChannels
}
