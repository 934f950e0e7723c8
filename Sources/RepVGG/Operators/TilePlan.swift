import CKernels

/// How one dimension of an output is cut into Winograd tiles.
///
/// A value without tables: candidates are made and compared by the hundred.
package struct TileAxis: Sendable, Hashable {
  package let family: TileFamily
  /// The tile of the most outputs: these come first, those of one output fewer after them.
  package let largestTile: TileKind
  private let largeCount: Int
  private let smallCount: Int
  /// Positions over all tiles by the row of the weight transform that they meet.
  private let positionCounts: SIMD8<Int32>
  /// The rows of the weight transform that the tiles use as bits, as the kernels take them.
  package let weightRowMask: UInt32

  package struct WeightRowUse: Sendable, Hashable {
    package let positionCount: Int
    package let weightRowCount: Int
  }

  /// Cuts `outputCount` outputs into tiles of at most `largestTile` (1...4, at stride 1 also 5 and
  /// 6), small ones where the count leaves a remainder, such that no product is wasted: 14 = 4+4+3+3.
  package init?(outputCount: Int, largestTile: Int, stride: Int) {
    guard outputCount > 0, TileFamily(stride: stride, largestTile: largestTile) != nil else {
      return nil
    }
    let sizes = Self.sizes(outputCount, largestTile: largestTile)
    guard let family = TileFamily(stride: stride, largestTile: sizes.largest) else {
      preconditionFailure("no tile of stride \(stride) has \(sizes.largest) outputs")
    }
    self.family = family
    self.largestTile = Self.kind(family, sizes.largest)
    (largeCount, smallCount) = (sizes.largeCount, sizes.smallCount)
    var counts = SIMD8<Int32>()
    Self.count(self.largestTile, sizes.largeCount, in: &counts)
    if smallCount > 0 { Self.count(Self.kind(family, sizes.largest - 1), smallCount, in: &counts) }
    positionCounts = counts
    weightRowMask = counts.indices.reduce(0) { $0 | (counts[$1] > 0 ? 1 << UInt32($1) : 0) }
  }

  private static func kind(_ family: TileFamily, _ outputCount: Int) -> TileKind {
    guard let kind = TileKind(family: family, outputCount: outputCount) else {
      preconditionFailure("no \(family) tile has \(outputCount) outputs")
    }
    return kind
  }

  private static func count(_ tile: TileKind, _ count: Int, in counts: inout SIMD8<Int32>) {
    for position in 0..<tile.positionCount { counts[tile.weightRow(position)] += Int32(count) }
  }

  /// Tiles of the largest size, and of one output fewer.
  private static func sizes(
    _ count: Int, largestTile: Int
  ) -> (largest: Int, largeCount: Int, smallCount: Int) {
    let remainder = count % largestTile
    if remainder == 0 { return (largestTile, count / largestTile, 0) }
    // Trade large tiles for ones that are smaller by one, until these fill the rest exactly.
    let smaller = largestTile - 1
    let small = largestTile - remainder
    guard count >= small * smaller else { return sizes(count, largestTile: smaller) }
    let large = (count - small * smaller) / largestTile
    return large > 0 ? (largestTile, large, small) : (smaller, small, 0)
  }

  package var tileCount: Int { largeCount + smallCount }
  /// Every tile, in order.
  package var tiles: [TileKind] {
    let large = [TileKind](repeating: largestTile, count: largeCount)
    guard smallCount > 0 else { return large }
    let small = Self.kind(family, largestTile.outputCount - 1)
    return large + [TileKind](repeating: small, count: smallCount)
  }
  /// First output of every tile.
  package var starts: [Int] {
    let size = largestTile.outputCount
    return (0..<tileCount).map { size * $0 - max(0, $0 - largeCount) }
  }
  /// Positions over all tiles: multiplications per input channel, output channel and line.
  package var positionCount: Int { Int(positionCounts.wrappedSum()) }

  // MARK: - Weight rows

  /// The rows of the weight transform that the tiles use, rising: the weight matrices to pack.
  package var weightRows: [Int] { positionCounts.indices.filter { positionCounts[$0] > 0 } }
  package var weightRowCount: Int { weightRowMask.nonzeroBitCount }
  /// How many positions of all tiles meet one weight row, and how many weight rows meet as many;
  /// by rising numbers of positions.
  package var uses: [WeightRowUse] {
    var uses: [WeightRowUse] = []
    var last: Int32 = 0
    while true {
      let more = positionCounts.replacing(with: Int32.max, where: positionCounts .<= last)
      last = more.min()
      guard last < Int32.max else { return uses }
      let count = positionCounts.indices.count { positionCounts[$0] == last }
      uses.append(WeightRowUse(positionCount: Int(last), weightRowCount: count))
    }
  }
  /// Terms beyond the first in which a row of the weight transform combines columns, on average.
  package var meanExtraTermCount: Double {
    var terms = 0
    for row in positionCounts.indices where positionCounts[row] > 0 {
      let taps = family.coefficients(row: row)
      terms += (taps.0 != 0 ? 1 : 0) + (taps.1 != 0 ? 1 : 0) + (taps.2 != 0 ? 1 : 0) - 1
    }
    return Double(terms) / Double(weightRowCount)
  }

  /// The largest of the tiles' constants.
  fileprivate func errorConstant() throws(RepVGGError) -> Double {
    var largest = 0.0
    for tile in Set(tiles) { largest = max(largest, try tile.errorConstant()) }
    return largest
  }

  /// How the columns of a row of matrices become matrices, by weight row.
  var combinations: [rvgk_weight_combination] {
    weightRows.map { row in
      let taps = family.coefficients(row: row)
      return rvgk_weight_combination(
        coefficients: (Float(taps.0), Float(taps.1), Float(taps.2)))
    }
  }
}

/// How a two-dimensional output is cut into tiles: every pair of a vertical and a horizontal one.
package struct TilePlan: Sendable, Hashable {
  package let vertical: TileAxis
  package let horizontal: TileAxis

  /// Nil where a size has no tiles, or the two directions would need different families.
  package init?(
    height: Int, width: Int, verticalTile: Int, horizontalTile: Int, stride: Int
  ) {
    guard
      let vertical = TileAxis(outputCount: height, largestTile: verticalTile, stride: stride),
      let horizontal = TileAxis(outputCount: width, largestTile: horizontalTile, stride: stride),
      vertical.family == horizontal.family
    else { return nil }
    self.vertical = vertical
    self.horizontal = horizontal
  }

  package var tileCount: Int { vertical.tileCount * horizontal.tileCount }
  /// Weight matrices, `[input channels][output channels]` each.
  package var matrixCount: Int { vertical.weightRowCount * horizontal.weightRowCount }
  /// Rows of all GEMMs of an image: positions of all tiles.
  package var positionCount: Int { vertical.positionCount * horizontal.positionCount }

  /// Bound on an output's rounding error over `gamma * sum_c |kernel_c| |tile_c|`.
  package func errorConstant() throws(RepVGGError) -> Double {
    try vertical.errorConstant() * horizontal.errorConstant()
  }
}
