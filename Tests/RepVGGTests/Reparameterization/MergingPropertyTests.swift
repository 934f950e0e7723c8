import RepVGG
import TestSupport
import Testing

/// Random expressions: what is merged is the same function, what is not would be another one.
@Suite struct MergingPropertyTests {
  @Test(arguments: 0..<300) func whatMergesIsTheSameFunction(_ seed: Int) throws {
    var random = RandomExpressions(seed: UInt64(seed))
    let (expression, channels) = random.expression()
    let reduced = try expression.reduced(inputChannels: channels)
    let geometry = try expression.mergedGeometry(inputChannels: channels)
    #expect(geometry == reduced.geometry)
    #expect(reduced.kernel.count == geometry.kernelElementCount)
    #expect(reduced.bias.count == geometry.outputChannels)
    var values = RandomTensors(seed: UInt64(seed))
    for (height, width) in [(17, 16), (12, 19), (13, 13)] {
      let image = ReferenceNetwork.Image(
        channels: channels, height: height, width: width,
        values: values.values(channels * height * width))
      let expected = try expression.evaluate(on: image)
      let actual = try reduced.expression.evaluate(on: image)
      let size = try #require(geometry.outputSize(height: height, width: width))
      #expect(expected.height == size.height)
      #expect(expected.width == size.width)
      expect(actual.values, expected.values, "\(height)x\(width)", tolerance: 1e-12)
    }
  }

  /// Operators after each other in any order, of which many are refused.
  @Test(arguments: 0..<200) func refusalsNeedNoKernel(_ seed: Int) throws {
    var random = RandomExpressions(seed: UInt64(seed) &+ 5000)
    let (first, channels) = random.expression()
    let outputs = try first.geometry(inputChannels: channels).outputChannels
    var tensors = RandomTensors(seed: UInt64(seed))
    let padding = random.below(3)
    let expression = LinearExpression.sequence([
      first,
      tensors.convolution(4, outputs, 1 + 2 * random.below(2), 1, 1, padding: padding),
    ])
    do throws(RepVGGError) {
      let geometry = try expression.mergedGeometry(inputChannels: channels)
      #expect(try expression.reduced(inputChannels: channels).geometry == geometry)
    } catch {
      #expect(error.kind == .unsupported)
      #expect(throws: error) { try expression.reduced(inputChannels: channels) }
      // With kernels that nothing can read, the decision is the same.
      #expect(throws: error) {
        try expression.withoutKernels.mergedGeometry(inputChannels: channels)
      }
      #expect(padding > 0)
    }
  }

  /// What is refused because of its border would differ there, and only there.
  @Test(arguments: [(true, 1, 0), (false, 3, 1)])
  func refusedBordersDiffer(hasBias: Bool, size: Int, firstPadding: Int) throws {
    var random = RandomTensors(seed: 8)
    let bias = hasBias ? random.tensor([4]) : nil
    let first = LinearExpression.convolution(
      Convolution(
        kernel: random.tensor([4, 3, size, size]), bias: bias, padding: firstPadding))
    let kernel = random.tensor([2, 4, 3, 3])
    func followed(padding: Int) -> LinearExpression {
      .sequence([first, .convolution(Convolution(kernel: kernel, padding: padding))])
    }
    let error = #expect(throws: RepVGGError.self) {
      try followed(padding: 1).reduced(inputChannels: 3)
    }
    #expect(error?.reason.contains("border") == true)
    // Merged without the padding, which then comes before both.
    let merged = try LinearExpression.sequence([.pad(1), followed(padding: 0)])
      .reduced(inputChannels: 3).expression
    let image = ReferenceNetwork.Image(
      channels: 3, height: 8, width: 9, values: random.values(3 * 8 * 9))
    let expected = try followed(padding: 1).evaluate(on: image)
    let actual = try merged.evaluate(on: image)
    #expect(expected.values.count == actual.values.count)
    for (index, pair) in zip(expected.values, actual.values).enumerated() {
      let (row, column) = (index / 9 % 8, index % 9)
      let isBorder = row == 0 || row == 7 || column == 0 || column == 8
      #expect((abs(pair.0 - pair.1) > 1e-6) == isBorder, "row \(row), column \(column)")
    }
  }

  @Test func averagesThatLeaveOutPaddingAreRefused() throws {
    let pool = AveragePool(size: 3, stride: 1, padding: 1, countsPadding: false)
    let error = #expect(throws: RepVGGError.self) {
      try LinearExpression.averagePool(pool).mergedGeometry(inputChannels: 2)
    }
    #expect(error?.kind == .unsupported)
    #expect(error?.reason.contains("padding") == true)
    let image = ReferenceNetwork.Image(
      channels: 1, height: 2, width: 3, values: [1, 2, 3, 4, 5, 6])
    // Every window has all of the rows, and two or three of the columns.
    #expect(
      try LinearExpression.averagePool(pool).evaluate(on: image).values
        == [3, 3.5, 4, 3, 3.5, 4])
    var counting = pool
    counting.countsPadding = true
    let sums: [Double] = [12, 21, 16]
    #expect(
      try LinearExpression.averagePool(counting).evaluate(on: image).values.elementsEqual(
        (sums + sums).map { $0 / 9 }, by: { abs($0 - $1) < 1e-15 }))
  }

  @Test func dilationIsKeptWhereAllPixelsHaveIt() throws {
    var random = RandomTensors(seed: 2)
    func branch(_ side: Int, _ dilation: Int, _ padding: Int) -> LinearExpression {
      .convolution(
        Convolution(
          kernel: random.tensor([2, 2, side, side]), stride: 1, padding: Padding(padding),
          dilation: Size2D(dilation)))
    }
    let cases: [([LinearExpression], kernel: Size2D, dilation: Size2D)] = [
      ([branch(3, 4, 4)], 3, 4), ([branch(3, 4, 4), branch(1, 1, 0)], 3, 4),
      ([branch(5, 2, 4), branch(3, 4, 4)], 5, 2), ([branch(3, 4, 4), branch(3, 1, 1)], 9, 1),
    ]
    for (branches, kernel, dilation) in cases {
      let reduced = try LinearExpression.sum(branches).reduced(inputChannels: 2)
      #expect(reduced.kernelSize == kernel)
      #expect(reduced.dilation == dilation)
    }
  }

  @Test func hostileNumbersAreRefused() {
    let kernel = Tensor(shape: [2, 2, 3, 3], elements: [Float](repeating: 1, count: 36))
    func convolution(
      stride: Size2D = 1, padding: Padding = 0, dilation: Size2D = 1, groups: Int = 1
    ) -> LinearExpression {
      .convolution(
        Convolution(
          kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups))
    }
    let far = Padding(top: .max, left: 0, bottom: .min, right: 0)
    let hostile: [LinearExpression] = [
      convolution(stride: 0), convolution(stride: -1), convolution(stride: Size2D(.max)),
      convolution(padding: far), convolution(padding: Padding(.min)),
      convolution(dilation: Size2D(.max)), convolution(dilation: 0), convolution(dilation: 32),
      convolution(groups: .max), convolution(groups: 0), convolution(groups: .min),
      .pad(far), .padWithImageOfZero(far), .pad(Padding(.min)),
      .averagePool(AveragePool(size: 64, stride: 1)),
      .averagePool(AveragePool(size: Size2D(.max), stride: 1)),
      .averagePool(AveragePool(size: 2, stride: 1, padding: 2)),
      .sequence([LinearExpression](repeating: convolution(stride: 4096), count: 8)),
      .sequence([LinearExpression](repeating: convolution(), count: 32)),
      .sequence([LinearExpression](repeating: .pad(4096), count: 2)),
      .scale(Tensor(shape: [3], elements: [1, 1, 1])), .shift(Tensor(shape: [0], elements: [])),
    ]
    for expression in hostile {
      let error = #expect(throws: RepVGGError.self) { try expression.reduced(inputChannels: 2) }
      #expect(error?.kind == .badData || error?.kind == .unsupported)
      _ = try? expression.geometry(inputChannels: .max)
    }
    let column = Tensor.computed(shape: [1 << 15, 1, 1, 1]) { () throws(RepVGGError) in [] }
    let row = Tensor.computed(shape: [1, 1 << 15, 1, 1]) { () throws(RepVGGError) in [] }
    let outer = LinearExpression.sequence([
      .convolution(Convolution(kernel: row)), .convolution(Convolution(kernel: column)),
    ])
    let error = #expect(throws: RepVGGError.self) { try outer.reduced(inputChannels: 1 << 15) }
    #expect(error?.reason.contains("weights") == true)
    let square = Tensor.computed(shape: [1 << 13, 1 << 13, 1, 1]) { () throws(RepVGGError) in [] }
    let product = LinearExpression.sequence([
      .convolution(Convolution(kernel: square)), .convolution(Convolution(kernel: square)),
    ])
    let slow = #expect(throws: RepVGGError.self) { try product.reduced(inputChannels: 1 << 13) }
    #expect(slow?.reason.contains("too large") == true)
  }
}

extension LinearExpression {
  /// The same with kernels of more than biases and norms that cannot be read.
  fileprivate var withoutKernels: LinearExpression {
    switch self {
    case .convolution(var convolution):
      convolution.kernel = .computed(shape: convolution.kernel.shape) { () throws(RepVGGError) in
        throw RepVGGError(.internalInconsistency, "a kernel was read")
      }
      return .convolution(convolution)
    case .sum(let parts): return .sum(parts.map(\.withoutKernels))
    case .sequence(let parts): return .sequence(parts.map(\.withoutKernels))
    case .concatenation(let parts): return .concatenation(parts.map(\.withoutKernels))
    default: return self
    }
  }
}
