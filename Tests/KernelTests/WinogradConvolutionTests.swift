import RepVGG
import TestSupport
import Testing

@Suite struct WinogradConvolutionTests {
  static let cases: [ConvolutionCase] = [
    ConvolutionCase(batch: 2, height: 14, width: 13, from: 32, to: 48),
    ConvolutionCase(height: 7, width: 5, from: 16, to: 96, epilogue: .init()),
    ConvolutionCase(batch: 3, height: 1, width: 2, from: 16, to: 16),
    ConvolutionCase(
      height: 9, width: 6, from: 40, to: 40,
      epilogue: .init(accumulates: true, addsScaledIdentity: true, appliesReLU: true)),
    ConvolutionCase(
      height: 8, width: 11, from: 160, to: 160, groups: 4,
      epilogue: .init(accumulates: true, addsScaledIdentity: true)),
    ConvolutionCase(batch: 2, height: 28, width: 27, from: 16, to: 80, stride: 2),
    ConvolutionCase(batch: 2, height: 5, width: 3, from: 40, to: 24, stride: 2),
    ConvolutionCase(
      height: 13, width: 21, from: 64, to: 48, stride: 2, groups: 2,
      epilogue: .init(accumulates: true)),
    ConvolutionCase(height: 1, width: 1, from: 16, to: 16, stride: 2),
    // One matrix has more rows than go through a cache at once.
    ConvolutionCase(height: 30, width: 30, from: 320, to: 48, stride: 2),
  ]

  @Test(arguments: Kernels.reachable)
  func matchesTheOracle(kernels: Kernels) throws {
    var worst = 0.0
    var largest = 0
    for layer in Self.cases {
      for (vertical, horizontal) in [
        (4, 4), (2, 4), (4, 2), (2, 2), (3, 3), (1, 4), (5, 5), (6, 6), (6, 5),
      ] {
        let output = layer.shape.destination
        let candidate = TilePlan(
          height: output.height, width: output.width, verticalTile: vertical,
          horizontalTile: horizontal, stride: layer.shape.stride.height)
        if candidate == nil, vertical > 4 { continue }
        let plan = try #require(candidate)
        largest += vertical > 4 ? 1 : 0
        let norms = try TileNorms(layer, plan: plan)
        for (block, tiles, order, stored, multiplied, workers, split) in [
          (
            512, 1000, WinogradConvolution.Order.panelOuter,
            WinogradConvolution.WeightForm.matrices, WinogradConvolution.WeightForm.matrices, 1,
            WorkSplit.pixels
          ),
          (24, 7, .sliceOuter, .matrices, .matrices, 2, .pixels),
          (17, 3, .panelOuter, .matrices, .matrices, 3, .outputChannels),
          (16, 50, .sliceOuter, .matrices, .matrices, 2, .outputChannels),
          (512, 7, .panelOuter, .kernel, .matrices, 1, .pixels),
          (24, 50, .panelOuter, .kernel, .matrices, 2, .pixels),
          (17, 3, .panelOuter, .kernel, .matrices, 3, .outputChannels),
          (512, 7, .panelOuter, .kernel, .columns, 1, .pixels),
          (24, 50, .panelOuter, .kernel, .columns, 2, .pixels),
          (17, 3, .panelOuter, .kernel, .columns, 3, .outputChannels),
          (512, 1000, .panelOuter, .columns, .columns, 1, .pixels),
          (40, 7, .sliceOuter, .columns, .columns, 2, .pixels),
          (17, 3, .panelOuter, .columns, .columns, 2, .outputChannels),
          (16, 50, .sliceOuter, .columns, .columns, 3, .outputChannels),
        ] {
          let algorithm = try WinogradConvolution(
            layer.layer(workerCount: workers),
            method: .init(
              verticalTile: vertical, horizontalTile: horizontal,
              panelWidth: tiles == 7 ? kernels.widestPanel : kernels.preferredPanel,
              depthBlock: block, tilesPerChunk: tiles, order: order, stored: stored,
              multiplied: multiplied, split: split,
              prefetchDistanceByteCount: tiles == 3 ? 0 : 8192), kernels: kernels)
          let outcome = layer.run(algorithm, workerCount: workers) { index, magnitude in
            norms.bound(index) + gamma(6) * magnitude + 1e-30
          }
          let label = Comment(
            rawValue:
              "\(layer.shape) \(vertical)x\(horizontal) \(order) \(stored) \(multiplied) "
              + "\(split) \(kernels.name)"
          )
          #expect(outcome.intact, label)
          #expect(outcome.worst <= 1, label)
          #expect(outcome.relativeL2 < 3e-6, label)
          worst = max(worst, outcome.worst)
        }
      }
    }
    #expect(largest > 4)
    print("winograd at \(kernels.name): worst error is \(worst) of its bound")
    #expect(worst > 0.0005, "the bound is too loose to find a defect")
  }

  @Test func splitsDoNotChangeBits() throws {
    let layer = Self.cases[0]
    func values(_ split: WorkSplit, _ workers: Int, _ tiles: Int) throws -> [Float] {
      let algorithm = try WinogradConvolution(
        layer.layer(workerCount: workers),
        method: .init(
          verticalTile: 4, horizontalTile: 4, panelWidth: Kernels.selected.preferredPanel,
          depthBlock: 64, tilesPerChunk: tiles, order: .panelOuter, split: split,
          prefetchDistanceByteCount: 0), kernels: .selected)
      return layer.run(algorithm, workerCount: workers) { _, _ in 1 }.values
    }
    let reference = try values(.pixels, 1, 1000)
    #expect(try values(.pixels, 3, 4) == reference)
    #expect(try values(.outputChannels, 2, 9) == reference)
  }

  @Test func refusesWhatItCannotDo() {
    let stem = ConvolutionCase(height: 8, width: 8, from: 3, to: 16)
    let pointwise = ConvolutionCase(height: 8, width: 8, from: 16, to: 16, kernelSize: 1)
    for layer in [stem, pointwise] {
      #expect(throws: RepVGGError.self) {
        try WinogradConvolution(
          layer.layer(),
          method: .init(
            verticalTile: 4, horizontalTile: 4, panelWidth: Kernels.selected.preferredPanel,
            depthBlock: 64, tilesPerChunk: 8, order: .panelOuter, split: .pixels,
            prefetchDistanceByteCount: 0), kernels: .selected)
      }
    }
  }

  @Test func refusesFormsThatNoRunGetsTo() {
    let layer = Self.cases[0]
    typealias Form = WinogradConvolution.WeightForm
    for order in WinogradConvolution.Order.allCases {
      for stored in Form.allCases {
        for multiplied in Form.allCases {
          let isPossible =
            stored == .kernel
            ? multiplied != .kernel && order == .panelOuter : stored == multiplied
          let method = WinogradMethod(
            verticalTile: 4, horizontalTile: 4, panelWidth: Kernels.selected.preferredPanel,
            depthBlock: 64, tilesPerChunk: 8, order: order, stored: stored,
            multiplied: multiplied, split: .pixels, prefetchDistanceByteCount: 0)
          let isAccepted = method.accepts(layer.layer(), kernels: .selected)
          #expect(isAccepted == isPossible, "\(order), \(stored) to \(multiplied)")
        }
      }
    }
  }
}

/// The error bound of each output: `gamma(depth + 32) * constant * sum_c |kernel_c| |tile_c|`.
private struct TileNorms {
  private var bounds: [Double] = []

  init(_ layer: ConvolutionCase, plan: TilePlan) throws {
    let shape = layer.shape
    let depth = shape.inputChannelsPerGroup
    let factor = gamma(depth + 32) * (try plan.errorConstant())
    let kernelNorms = (0..<shape.destination.channels * depth).map { index in
      layer.kernel[index * 9..<index * 9 + 9].reduce(0.0) { $0 + Double($1) * Double($1) }
        .squareRoot()
    }
    for image in 0..<shape.destination.batch {
      for y in 0..<shape.destination.height {
        for x in 0..<shape.destination.width {
          let window = Self.norms(layer, plan, image: image, y: y, x: x)
          for channel in 0..<shape.destination.channels {
            let first = channel / shape.outputChannelsPerGroup * depth
            bounds.append(
              factor
                * (0..<depth).reduce(0.0) {
                  $0 + kernelNorms[channel * depth + $1] * window[first + $1]
                })
          }
        }
      }
    }
  }

  func bound(_ index: Int) -> Double { bounds[index] }

  /// Euclidean norm, by channel, of the input tile that an output belongs to.
  private static func norms(
    _ layer: ConvolutionCase, _ plan: TilePlan, image: Int, y: Int, x: Int
  ) -> [Double] {
    let source = layer.shape.source
    func span(_ axis: TileAxis, _ output: Int, _ limit: Int) -> Range<Int> {
      let tile = axis.starts.lastIndex { $0 <= output } ?? 0
      let first = axis.starts[tile] * layer.shape.stride.height - 1
      return max(0, first)..<min(limit, first + axis.tiles[tile].inputCount)
    }
    var sums = [Double](repeating: 0, count: source.channels)
    for row in span(plan.vertical, y, source.height) {
      for column in span(plan.horizontal, x, source.width) {
        let pixel = source.offset(image: image, y: row, x: column)
        for channel in 0..<source.channels {
          let value = Double(layer.source[pixel + channel])
          sums[channel] += value * value
        }
      }
    }
    return sums.map { $0.squareRoot() }
  }
}
