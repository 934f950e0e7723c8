import CKernels

/// How one dimension of an output is cut into Winograd tiles.
package struct TileAxis: Sendable, Hashable {
  package let family: TileFamily
  package let tiles: [TileKind]
  /// A tile of the most outputs: they come first, and no axis is without tiles.
  package var largestTile: TileKind { tiles[0] }
  /// First output of every tile.
  package let starts: [Int]
  /// The rows of the weight transform that the tiles use, rising: the weight matrices to pack.
  package let weightRows: [Int]
  /// The same as bits, as the kernels take them.
  package let weightRowMask: UInt32
  /// Terms beyond the first in which a row of the weight transform combines columns, on average.
  package let meanExtraTermCount: Double
  /// Positions over all tiles: multiplications per input channel, output channel and line.
  package let positionCount: Int
  /// How many positions of all tiles meet one weight row, and how many weight rows meet as many.
  package let uses: [WeightRowUse]

  package struct WeightRowUse: Sendable, Hashable {
    package let positionCount: Int
    package let weightRowCount: Int
  }

  /// Cuts `outputCount` outputs into tiles of at most `largestTile` (1...4, at stride 1 also 5 and
  /// 6), small ones where the count leaves a remainder: 14 = 4+4+3+3, so that no product is wasted.
  package init?(outputCount: Int, largestTile: Int, stride: Int) {
    guard outputCount > 0, TileFamily(stride: stride, largestTile: largestTile) != nil else {
      return nil
    }
    let sizes = Self.sizes(outputCount, largestTile: largestTile)
    guard let family = TileFamily(stride: stride, largestTile: sizes[0]) else {
      preconditionFailure("no tile of stride \(stride) has \(sizes[0]) outputs")
    }
    var tiles: [TileKind] = []
    var starts: [Int] = []
    var start = 0
    for size in sizes {
      guard let kind = TileKind(family: family, outputCount: size) else {
        preconditionFailure("no \(family) tile has \(size) outputs")
      }
      tiles.append(kind)
      starts.append(start)
      start += size
    }
    self.family = family
    self.tiles = tiles
    self.starts = starts
    // Of thousands of tiles a few kinds differ: what depends on kinds is counted by kind.
    var positionCounts: [Int: Int] = [:]
    for kind in Set(tiles) {
      let count = tiles.count { $0 == kind }
      for row in kind.weightRows { positionCounts[row, default: 0] += count }
    }
    weightRows = positionCounts.keys.sorted()
    positionCount = positionCounts.values.reduce(0, +)
    weightRowMask = weightRows.reduce(0) { $0 | 1 << UInt32($1) }
    let transform = family.weight
    let terms = weightRows.reduce(0) { $0 + transform[$1].count { $0 != 0 } - 1 }
    meanExtraTermCount = Double(terms) / Double(weightRows.count)
    uses = Dictionary(grouping: positionCounts.values, by: { $0 })
      .map { WeightRowUse(positionCount: $0.key, weightRowCount: $0.value.count) }
      .sorted { $0.positionCount < $1.positionCount }
  }

  /// How the columns of a row of matrices become matrices, by weight row.
  var combinations: [rvgk_weight_combination] {
    let transform = family.weight
    return weightRows.map { row in
      let taps = transform[row].map(Float.init)
      return rvgk_weight_combination(coefficients: (taps[0], taps[1], taps[2]))
    }
  }

  private static func sizes(_ count: Int, largestTile: Int) -> [Int] {
    guard largestTile > 1 else { return [Int](repeating: 1, count: count) }
    let smaller = largestTile - 1
    let remainder = count % largestTile
    if remainder == 0 { return [Int](repeating: largestTile, count: count / largestTile) }
    // Trade large tiles for ones that are smaller by one, until these fill the rest exactly.
    let small = largestTile - remainder
    let large = (count - small * smaller) / largestTile
    if count >= small * smaller {
      return [Int](repeating: largestTile, count: large) + [Int](repeating: smaller, count: small)
    }
    return sizes(count, largestTile: smaller)
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

  package var tileCount: Int { vertical.tiles.count * horizontal.tiles.count }
  /// Weight matrices, `[input channels][output channels]` each.
  package var matrixCount: Int { vertical.weightRows.count * horizontal.weightRows.count }
  /// Rows of all GEMMs of an image: positions of all tiles.
  package var positionCount: Int { vertical.positionCount * horizontal.positionCount }

  /// Bound on an output's rounding error over `gamma * sum_c |kernel_c| |tile_c|`.
  package func errorConstant() throws(RepVGGError) -> Double {
    var constants = (vertical: 0.0, horizontal: 0.0)
    for tile in Set(vertical.tiles) {
      constants.vertical = max(constants.vertical, try tile.errorConstant())
    }
    for tile in Set(horizontal.tiles) {
      constants.horizontal = max(constants.horizontal, try tile.errorConstant())
    }
    return constants.vertical * constants.horizontal
  }
}
