import CKernels

/// Where the tiles of a Winograd layer and their GEMM rows are, chunk by chunk.
///
/// A chunk is a range of images times a range of tile rows; chunks of the same form share one
/// template, whose tables stay in cache.
struct TileSchedule: Sendable {
  /// The tiles of one form of chunk, their offsets relative to the chunk's first tile.
  struct Template: Sendable {
    let tiles: [rvgk_tile]
    let offsets: [Int32]
    /// The GEMM rows of each weight matrix, row-major over (vertical, horizontal) weight rows;
    /// products are those of one panel.
    let rows: [rvgk_winograd_rows]
    let transformedCount: Int
    let productCount: Int
  }

  struct Chunk: Sendable {
    let template: Int
    /// Offsets in floats from the activations' starts.
    let source: Int
    let destination: Int
    /// Floats of the source from the first to the last that its tiles read.
    let sourceCount: Int
  }

  private(set) var templates: [Template] = []
  private(set) var chunks: [Chunk] = []
  private(set) var largestTransformed = 0
  private(set) var largestProducts = 0

  /// Floats that part the planes of two matrices, beyond their rows: keeps them off the same
  /// cache sets.
  static let skew = 16

  init(
    shape: ConvolutionShape, plan: TilePlan, tilesPerChunk: Int, panelWidth: Int, workerCount: Int
  ) throws(RepVGGError) {
    let (batch, stride) = (shape.destination.batch, shape.stride.height)
    let (tiles, starts) = (plan.vertical.tiles, plan.vertical.starts)
    try Self.check(
      shape: shape, plan: plan, tilesPerChunk: tilesPerChunk, panelWidth: panelWidth,
      workerCount: workerCount)
    let parts = Self.parts(
      batch: batch, tileRows: tiles.count, tilesPerRow: plan.horizontal.tileCount,
      tilesPerChunk: tilesPerChunk, workerCount: workerCount)
    var known: [TemplateKey: Int] = [:]
    for group in 0..<parts.imageGroups {
      let images = workerShare(batch, worker: group, count: parts.imageGroups)
      for part in 0..<parts.rowParts {
        let rows = workerShare(tiles.count, worker: part, count: parts.rowParts)
        let key = TemplateKey(
          imageCount: images.count, tiles: tiles[rows].map(\.outputCount))
        let firstOutput = starts[rows.lowerBound]
        let index: Int
        if let found = known[key] {
          index = found
        } else {
          index = templates.count
          known[key] = index
          templates.append(
            try Self.template(
              shape: shape, plan: plan, imageCount: images.count, tileRows: rows,
              panelWidth: panelWidth))
        }
        let last = rows.upperBound - 1
        let outputs = starts[last] - firstOutput + tiles[last].outputCount
        let source =
          images.lowerBound * shape.source.imageStride + shape.sourceOrigin
          + firstOutput * stride * shape.source.rowStride
        chunks.append(
          Chunk(
            template: index, source: source,
            destination: shape.destination.offset(
              image: images.lowerBound, y: firstOutput, x: 0),
            sourceCount: min(
              shape.source.elementCount - source,
              (images.count - 1) * shape.source.imageStride
                + ((outputs - 1) * stride + 3) * shape.source.rowStride)))
      }
    }
    precondition(!templates.isEmpty, "a layer without tiles has no chunks")
    largestTransformed = templates.reduce(0) { max($0, $1.transformedCount) }
    largestProducts = templates.reduce(0) { max($0, $1.productCount) }
  }

  /// Entries of a template's tables: more would take longer to make than they could save.
  private static let largestPositionCount = 1 << 22

  /// Refuses chunks whose offsets exceed 32 bits or whose tables would be huge, without making them.
  ///
  /// - Throws: `unsupported`.
  static func check(
    shape: ConvolutionShape, plan: TilePlan, tilesPerChunk: Int, panelWidth: Int, workerCount: Int
  ) throws(RepVGGError) {
    let batch = shape.destination.batch
    let tileRows = plan.vertical.tileCount
    let parts = parts(
      batch: batch, tileRows: tileRows, tilesPerRow: plan.horizontal.tileCount,
      tilesPerChunk: tilesPerChunk, workerCount: workerCount)
    let images = batch.dividedRoundingUp(by: parts.imageGroups)
    let rows = tileRows.dividedRoundingUp(by: parts.rowParts)
    let positionsDown = plan.vertical.largestTile.positionCount
    let positions = images * rows * positionsDown * plan.horizontal.positionCount
    guard positions <= largestPositionCount else {
      throw RepVGGError(.unsupported, "a Winograd chunk has too many tiles")
    }
    _ = try narrow(
      positions * max(shape.source.storedChannels, panelWidth) + plan.matrixCount * skew)
  }

  private struct TemplateKey: Hashable {
    let imageCount: Int
    let tiles: [Int]
  }

  /// How many groups of images times parts of tile rows; for few chunks a multiple of the workers.
  private static func parts(
    batch: Int, tileRows: Int, tilesPerRow: Int, tilesPerChunk: Int, workerCount: Int
  ) -> (imageGroups: Int, rowParts: Int) {
    let tilesPerImage = tileRows * tilesPerRow
    var groups = batch
    var rowParts = 1
    if tilesPerImage <= tilesPerChunk {
      let imagesPerChunk = tilesPerChunk / tilesPerImage
      groups = batch.dividedRoundingUp(by: imagesPerChunk)
    } else {
      let rowsPerChunk = max(1, tilesPerChunk / tilesPerRow)
      rowParts = tileRows.dividedRoundingUp(by: rowsPerChunk)
    }
    if workerCount > 1, groups * rowParts % workerCount != 0, groups * rowParts < 8 * workerCount {
      if rowParts == 1, batch >= workerCount {
        groups = min(batch, groups.roundedUp(to: workerCount))
      }
      while groups * rowParts % workerCount != 0, rowParts < tileRows { rowParts += 1 }
    }
    return (groups, rowParts)
  }

  /// For every tile of an axis range, each position's weight row and its slot among the rows of
  /// that weight; and how many slots each weight has.
  private static func slots(
    _ axis: TileAxis, _ range: Range<Int>? = nil
  ) -> (places: [[(weight: Int, slot: Int)]], counts: [Int]) {
    let (tiles, weightRows) = (axis.tiles, axis.weightRows)
    var counts = [Int](repeating: 0, count: weightRows.count)
    var places: [[(weight: Int, slot: Int)]] = []
    for tile in tiles[range ?? tiles.indices] {
      places.append(
        tile.weightRows.map { row in
          guard let weight = weightRows.firstIndex(of: row) else {
            preconditionFailure("a tile uses weight row \(row), which its axis does not pack")
          }
          counts[weight] += 1
          return (weight, counts[weight] - 1)
        })
    }
    return (places, counts)
  }

  private static func template(
    shape: ConvolutionShape, plan: TilePlan, imageCount: Int, tileRows: Range<Int>,
    panelWidth: Int
  ) throws(RepVGGError) -> Template {
    let vertical = slots(plan.vertical, tileRows)
    let horizontal = slots(plan.horizontal)
    let (down, across) = (plan.vertical.tiles, plan.horizontal.tiles)
    let (starts, columnStarts) = (plan.vertical.starts, plan.horizontal.starts)
    let channels = shape.source.storedChannels
    var rows: [rvgk_winograd_rows] = []
    var first = 0
    for down in vertical.counts {
      for across in horizontal.counts {
        let planes = rows.count * skew
        rows.append(
          rvgk_winograd_rows(
            count: try Self.narrow(imageCount * down * across),
            transformed: try Self.narrow(first * channels + planes),
            products: try Self.narrow(first * panelWidth + planes)))
        first += imageCount * down * across
      }
    }
    let transformedCount = first * channels + rows.count * skew
    let productCount = first * panelWidth + rows.count * skew
    _ = try Self.narrow(max(transformedCount, productCount))

    var tiles: [rvgk_tile] = []
    var offsets: [Int32] = []
    let firstOutput = starts[tileRows.lowerBound]
    for image in 0..<imageCount {
      for row in tileRows {
        let y = starts[row] - firstOutput
        let placesDown = vertical.places[row - tileRows.lowerBound]
        for column in across.indices {
          let x = columnStarts[column]
          let placesAcross = horizontal.places[column]
          let transform =
            down[row].index * Int(RVGK_TILE_KIND_COUNT)
            + across[column].index
          var transformed: [Int32] = []
          var products: [Int32] = []
          for v in placesDown {
            for h in placesAcross {
              let matrix = rows[v.weight * horizontal.counts.count + h.weight]
              let slot =
                (image * vertical.counts[v.weight] + v.slot) * horizontal.counts[h.weight] + h.slot
              transformed.append(matrix.transformed + Int32(slot * channels))
              products.append(matrix.products + Int32(slot * panelWidth))
            }
          }
          tiles.append(
            rvgk_tile(
              transform: Int32(transform), v_offsets: try Self.narrow(offsets.count),
              m_offsets: try Self.narrow(offsets.count + transformed.count),
              source: image * shape.source.imageStride
                + y * shape.stride.height * shape.source.rowStride
                + x * shape.stride.width * shape.source.pixelStride,
              destination: image * shape.destination.imageStride
                + y * shape.destination.rowStride + x * shape.destination.pixelStride))
          offsets += transformed + products
        }
      }
    }
    return Template(
      tiles: tiles, offsets: offsets, rows: rows, transformedCount: transformedCount,
      productCount: productCount)
  }

  private static func narrow(_ value: Int) throws(RepVGGError) -> Int32 {
    guard let narrowed = Int32(exactly: value) else {
      throw RepVGGError(.unsupported, "a Winograd chunk is too large for 32-bit offsets")
    }
    return narrowed
  }
}
