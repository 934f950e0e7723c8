import RepVGG
import Testing

/// The usual blocks, reduced row by row, against the general reduction.
@Suite struct RowwiseReductionTests {
  @Test(arguments: [(1, 1), (2, 1), (4, 1), (1, 2)])
  func agreesWithTheGeneralReduction(groups: Int, stride: Int) throws {
    var random = RandomTensors(seed: 9)
    let branches: [LinearExpression] = [
      .sequence([random.convolution(8, 8, 3, stride, groups), random.norm(8)]),
      .sequence([random.convolution(8, 8, 1, stride, groups), random.norm(8)]),
    ]
    let bodies: [LinearExpression] = [
      .sum(branches + (stride == 1 ? [random.norm(8)] : [])),
      .sequence([
        .sum(branches + (stride == 1 ? [.scale(random.tensor([8]))] : [])), random.norm(8),
      ]),
      .sequence([random.convolution(8, 8, 3, stride, groups), random.norm(8)]),
    ]
    for body in bodies {
      let reduced = try body.reduced(inputChannels: 8)
      let (kernel, bias) = try body.merged(inputChannels: 8)
      #expect(kernel.count == reduced.kernel.count)
      // Rounded once: half a unit in the last place of Float32, plus nothing visible.
      for (value, exact) in zip(kernel + bias, reduced.kernel + reduced.bias) {
        #expect(abs(Double(value) - exact) <= abs(exact) * 0x1p-23 + 1e-30)
      }
    }
  }

  /// Branches that read beside the centre are not what is reduced so; they are merged as well.
  @Test func branchesBesideTheCentreAreNotMisplaced() throws {
    var random = RandomTensors(seed: 4)
    let corner = Padding(top: 1, left: -1, bottom: -1, right: 1)
    let bodies: [LinearExpression] = [
      .sum([
        random.convolution(4, 4, 3, 1, 1),
        .convolution(
          Convolution(kernel: random.tensor([4, 4, 1, 1]), stride: 1, padding: corner)),
      ]),
      .sum([
        random.convolution(4, 4, 3, 1, 1),
        .sequence([.pad(corner), random.convolution(4, 4, 1, 1, 1)]),
      ]),
      .sum([
        random.convolution(4, 4, 3, 1, 1),
        .averagePool(AveragePool(size: 3, stride: 1, padding: 1)),
      ]),
      .convolution(
        Convolution(
          kernel: random.tensor([4, 4, 3, 3]), stride: 1,
          padding: Padding(top: 2, left: 0, bottom: 0, right: 2), dilation: 1)),
    ]
    for body in bodies {
      let reduced = try body.reduced(inputChannels: 4)
      let (kernel, bias) = try body.merged(inputChannels: 4)
      #expect(kernel == reduced.kernel.map { Float($0) })
      #expect(bias == reduced.bias.map { Float($0) })
    }
  }

  @Test func aWeightThatIsNoNumberIsNamed() throws {
    var random = RandomTensors(seed: 9)
    var elements = [Float](repeating: 0.5, count: 4 * 4 * 9)
    elements[77] = .infinity
    var kernel = Tensor(shape: [4, 4, 3, 3], elements: elements)
    kernel.name = "stage1.0.rbr_dense.conv.weight"
    let body = LinearExpression.sum([
      .sequence([.convolution(Convolution(kernel: kernel)), random.norm(4)]), random.norm(4),
    ])
    let error = #expect(throws: RepVGGError.self) { try body.merged(inputChannels: 4) }
    #expect(error?.kind == .badData)
    #expect(error?.tensor == kernel.name)
    #expect(error?.reason.contains("77") == true)
  }
}
