import RepVGG
import Testing

@Suite struct CookToomTests {
  /// Finite points of each tile by its outputs; infinity is always one more.
  static let points: [TileFamily: [Int: [Double]]] = [
    .small: [1: [0, 1], 2: [0, 1, -1], 3: [0, 1, -1, 2], 4: [0, 1, -1, 2, -2]],
    .polyphase: [1: [0], 2: [0, 1], 3: [0, 1, -1], 4: [0, 1, -1, 2]],
    .large: [
      4: [0.5, -0.5, 1, -1, 2], 5: [0.5, -0.5, 1, -1, 2, -2], 6: [0, 0.5, -0.5, 1, -1, 2, -2],
    ],
  ]
  static let tiles = TileFamily.allCases.flatMap { family in
    family.outputCounts.compactMap { TileKind(family: family, outputCount: $0) }
  }

  @Test(arguments: tiles)
  func interpolationGivesTheKernelsTables(tile: TileKind) throws {
    let stride = tile.family.stride
    let outputs = tile.outputCount
    let points = try #require(Self.points[tile.family]?[outputs])
    let largestOutputs = tile.family.outputCounts.upperBound
    let largest = try #require(Self.points[tile.family]?[largestOutputs])
    let taps = stride == 1 ? [0, 1, 2] : [0, 2]
    let cookToom = try CookToom(points: points, outputCount: outputs, tapCount: taps.count)
    let family = try CookToom(
      points: largest, outputCount: largestOutputs, tapCount: taps.count)
    for position in 0..<cookToom.positionCount {
      let row = tile.weightRows[position]
      // The weights are the largest tile's; the ratio to this tile's own is in the output.
      let shared = taps.map { tile.family.weight[row][$0] }
      let familyRow =
        position < points.count
        ? try #require(largest.firstIndex(of: points[position])) : family.positionCount - 1
      let pivot = taps.indices.first { abs(shared[$0]) > 0.01 } ?? 0
      let ratio = cookToom.weight[position][pivot] / shared[pivot]
      // The point 0 has the first tap itself: all of its divisor is in the output.
      let isZero = position < points.count && points[position] == 0
      let divisor = isZero ? family.weight[familyRow][0] : 1
      #expect(!isZero || shared[0] == 1)
      for tap in taps.indices {
        #expect(abs(shared[tap] * divisor - family.weight[familyRow][tap]) < 1e-12)
      }
      for output in 0..<outputs {
        #expect(
          abs(tile.output[output][position] - ratio * cookToom.output[output][position]) < 1e-11)
      }
      for sample in 0..<cookToom.positionCount {
        #expect(
          abs(tile.input[position][sample * stride] - cookToom.input[position][sample]) < 1e-11)
      }
    }
  }

  /// The identity itself, for every unit kernel and unit sample: exact small numbers.
  @Test(arguments: tiles)
  func tablesComputeTheCorrelation(tile: TileKind) throws {
    let stride = tile.family.stride
    let (input, output, rows) = (tile.input, tile.output, tile.weightRows)
    let weight = tile.family.weight
    for k in 0..<tile.outputCount {
      for tap in 0..<3 {
        for sample in 0..<tile.inputCount {
          let sum = rows.indices.reduce(0.0) {
            $0 + output[k][$1] * weight[rows[$1]][tap] * input[$1][sample]
          }
          #expect(abs(sum - (sample == k * stride + tap ? 1 : 0)) < 1e-12)
        }
      }
    }
  }

  @Test func errorConstantsGrowWithTheTile() throws {
    for family in TileFamily.allCases {
      let constants = try family.outputCounts.map { outputs in
        try #require(TileKind(family: family, outputCount: outputs)).errorConstant()
      }
      print("error constants of \(family) tiles: \(constants)")
      #expect(zip(constants.dropFirst(), constants.dropFirst(2)).allSatisfy { $0 <= $1 + 1e-9 })
      #expect(constants.allSatisfy { $0 >= 1 })
      #expect(try #require(constants.last) < 100)
    }
  }

  @Test func refusesPointsThatDoNotFit() {
    #expect(throws: RepVGGError.self) {
      try CookToom(points: [0, 1, 1], outputCount: 2, tapCount: 3)
    }
    #expect(throws: RepVGGError.self) {
      try CookToom(points: [0, 1], outputCount: 2, tapCount: 3)
    }
  }
}

@Suite struct TilePlanTests {
  @Test func cutsEverySizeExactly() throws {
    for stride in 1...2 {
      for largest in 1...(stride == 1 ? 6 : 4) {
        for count in 1...40 {
          let axis = try #require(
            TileAxis(outputCount: count, largestTile: largest, stride: stride))
          #expect(axis.tiles.reduce(0) { $0 + $1.outputCount } == count)
          #expect(axis.tiles.allSatisfy { $0.outputCount <= largest })
          #expect(axis.largestTile.outputCount == axis.tiles.map(\.outputCount).max())
          var start = 0
          for (tile, given) in zip(axis.tiles, axis.starts) {
            #expect(given == start)
            start += tile.outputCount
          }
        }
      }
    }
  }

  @Test func mixesTilesForFourteen() throws {
    let axis = try #require(TileAxis(outputCount: 14, largestTile: 4, stride: 1))
    #expect(axis.tiles.map(\.outputCount) == [4, 4, 3, 3])
    #expect(axis.positionCount == 22)
    let large = try #require(TileAxis(outputCount: 14, largestTile: 5, stride: 1))
    #expect(large.tiles.map(\.outputCount) == [5, 5, 4])
    #expect(large.positionCount == 20 && large.weightRows.count == 7)
    let plan = try #require(
      TilePlan(height: 14, width: 14, verticalTile: 2, horizontalTile: 4, stride: 1))
    #expect(plan.matrixCount == 24)
  }
}
