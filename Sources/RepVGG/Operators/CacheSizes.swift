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

  /// Depth of a weight block of one and a half times L1.
  ///
  /// A step of a register block takes a line or two of weights for dozens of products, which L2
  /// delivers in time, so that only its rows of pixels need stay in L1; less depth would store and
  /// load the sums more often.
  package func depthBlock(panelWidth: Int) -> Int {
    max(16, level1ByteCount * 3 / 2 / (4 * panelWidth) / 16 * 16)
  }
}
