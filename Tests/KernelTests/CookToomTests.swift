import RepVGG
import Testing

@Suite struct CookToomTests {
  /// Finite points of each tile; infinity is always one more.
  static let points: [Int: [[Double]]] = [
    1: [[0, 1], [0, 1, -1], [0, 1, -1, 2], [0, 1, -1, 2, -2]],
    2: [[0], [0, 1], [0, 1, -1], [0, 1, -1, 2]],
  ]

  @Test(arguments: [1, 2], [1, 2, 3, 4])
  func interpolationGivesTheKernelsTables(stride: Int, outputs: Int) throws {
    let tile = try #require(TileKind(stride: stride, outputCount: outputs))
    let points = try #require(Self.points[stride])[outputs - 1]
    let largest = try #require(Self.points[stride])[3]
    let taps = stride == 1 ? [0, 1, 2] : [0, 2]
    let cookToom = try CookToom(points: points, outputCount: outputs, tapCount: taps.count)
    let family = try CookToom(points: largest, outputCount: 4, tapCount: taps.count)
    for position in 0..<cookToom.positionCount {
      let row = tile.weightRows[position]
      // The weights are the largest tile's; the ratio to this tile's own is in the output.
      let shared = taps.map { tile.weight[row][$0] }
      let familyRow = position < points.count ? position : family.positionCount - 1
      let pivot = taps.indices.first { abs(shared[$0]) > 0.01 } ?? 0
      let ratio = cookToom.weight[position][pivot] / shared[pivot]
      for tap in taps.indices {
        #expect(abs(shared[tap] - family.weight[familyRow][tap]) < 1e-12)
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
  @Test(arguments: [1, 2], [1, 2, 3, 4])
  func tablesComputeTheCorrelation(stride: Int, outputs: Int) throws {
    let tile = try #require(TileKind(stride: stride, outputCount: outputs))
    let (input, output, weight, rows) = (tile.input, tile.output, tile.weight, tile.weightRows)
    for k in 0..<outputs {
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
    for stride in 1...2 {
      let constants = try (1...4).map { outputs in
        try #require(TileKind(stride: stride, outputCount: outputs)).errorConstant()
      }
      #expect(constants[1] < constants[2] && constants[2] < constants[3])
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
      for largest in 1...4 {
        for count in 1...40 {
          let axis = try #require(
            TileAxis(outputCount: count, largestTile: largest, stride: stride))
          #expect(axis.tiles.reduce(0) { $0 + $1.outputCount } == count)
          #expect(axis.tiles.allSatisfy { $0.outputCount <= largest })
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
    let plan = try #require(
      TilePlan(height: 14, width: 14, verticalTile: 2, horizontalTile: 4, stride: 1))
    #expect(plan.matrixCount == 24)
  }
}
