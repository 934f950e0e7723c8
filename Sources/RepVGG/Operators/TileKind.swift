import CKernels

/// Winograd tiles of one dimension that share their transformed weights.
package enum TileFamily: Int, Sendable, Hashable, CaseIterable {
  /// Stride 1, one to four outputs: at most six weights.
  case small
  /// Stride 2, polyphase, one to four outputs: at most six weights.
  case polyphase
  /// Stride 1, four to six outputs: fewer products, at most eight weights.
  case large

  package var stride: Int { self == .polyphase ? 2 : 1 }
  package var outputCounts: ClosedRange<Int> { self == .large ? 4...6 : 1...4 }
  /// Rows of the weight transform G.
  package var weightCount: Int { self == .large ? 8 : 6 }
  /// The index of the family's largest tile in the kernels' tables: each before has four kinds.
  fileprivate var firstIndex: Int { rawValue * 4 }

  /// The family with tiles of `outputCount` outputs at a stride, the one of fewer weights first.
  package init?(stride: Int, largestTile outputCount: Int) {
    // Cases are in the order of their weights.
    guard
      let family = Self.allCases.first(where: {
        $0.stride == stride && $0.outputCounts.contains(outputCount)
      })
    else { return nil }
    self = family
  }

  /// G of the family's tiles, `[weight rows][3]`, shared by all sizes.
  package var weight: [[Double]] {
    (0..<weightCount).map { row in
      let (first, second, third) = coefficients(row: row)
      return [first, second, third]
    }
  }

  /// A row of G.
  func coefficients(row: Int) -> (Double, Double, Double) {
    precondition(row < weightCount, "\(self) tiles have no weight row \(row)")
    guard let transform = rvgk_weight_transform_at(Int32(rawValue)) else {
      preconditionFailure("family \(self) is not in the kernels' table")
    }
    return UnsafeRawPointer(transform)
      .load(
        fromByteOffset: row * MemoryLayout<(Double, Double, Double)>.stride,
        as: (Double, Double, Double).self)
  }
}

/// A Winograd tile in one dimension.
package struct TileKind: Sendable, Hashable {
  package let family: TileFamily
  package let outputCount: Int

  package init?(family: TileFamily, outputCount: Int) {
    guard family.outputCounts.contains(outputCount) else { return nil }
    self.family = family
    self.outputCount = outputCount
  }

  /// The index of the kind in the kernels' tables.
  package var index: Int { family.firstIndex + family.outputCounts.upperBound - outputCount }
  /// Input samples read, from one before the first output's.
  package var inputCount: Int { family.stride * (outputCount - 1) + 3 }
  /// Products per input channel, output channel and line.
  var positionCount: Int { Int(table.pointee.positions) }
  /// Row of the weight transform of each position; positions may share one.
  package var weightRows: [Int] { (0..<positionCount).map(weightRow) }

  /// The row of the weight transform of a position.
  func weightRow(_ position: Int) -> Int {
    precondition(position < positionCount, "the tile has no position \(position)")
    return withUnsafeBytes(of: table.pointee.weight_index) { rows in
      Int(rows.load(fromByteOffset: position * MemoryLayout<Int32>.stride, as: Int32.self))
    }
  }
  /// B^T, `[positions][inputs]`.
  package var input: [[Double]] {
    let kind = table.pointee
    return Self.matrix(kind.input, rows: Int(kind.positions), columns: Int(kind.inputs))
  }
  /// A^T, `[outputs][positions]`.
  package var output: [[Double]] {
    let kind = table.pointee
    return Self.matrix(kind.output, rows: Int(kind.outputs), columns: Int(kind.positions))
  }
  private var table: UnsafePointer<rvgk_tile_kind> {
    guard let kind = rvgk_tile_kind_at(Int32(index)) else {
      preconditionFailure("tile kind \(index) is not in the kernels' table")
    }
    return kind
  }

  private static func matrix(_ storage: some Any, rows: Int, columns: Int) -> [[Double]] {
    withUnsafeBytes(of: storage) { bytes in
      let values = bytes.bindMemory(to: Double.self)
      return (0..<rows).map { row in
        (0..<columns).map { values[row * Int(RVGK_MAX_POSITIONS) + $0] }
      }
    }
  }

  /// How much rounding errors of this tile can grow: for each output k, the largest singular value
  /// of `T_k[tap][sample] = sum_i |A_ki| |G_i,tap| |B_i,sample|`; the largest over k.
  ///
  /// By Cauchy-Schwarz an output's error is at most `gamma * constant * |g| |d|` with Euclidean
  /// norms of kernel and tile; in two dimensions the constants multiply.
  package func errorConstant() throws(RepVGGError) -> Double {
    let (a, b, g, rows) = (output, input, family.weight, weightRows)
    var largest = 0.0
    for k in 0..<outputCount {
      let matrix = (0..<3).map { tap in
        (0..<inputCount).map { sample in
          rows.indices.reduce(0.0) {
            $0 + abs(a[k][$1]) * abs(g[rows[$1]][tap]) * abs(b[$1][sample])
          }
        }
      }
      largest = max(largest, try CookToom.largestSingularValue(matrix))
    }
    return largest
  }
}
