import RepVGG
import TestSupport
import Testing

/// Reduced expressions against their literal evaluation, both in Double.
@Suite struct ReductionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let channels: Int
    let expression: LinearExpression
    init(_ name: String, _ channels: Int, _ expression: LinearExpression) {
      testDescription = name
      self.channels = channels
      self.expression = expression
    }
  }

  static let cases: [Case] = {
    var random = RandomTensors(seed: 5)
    var cases: [Case] = []
    for groups in [1, 2, 4, 8] {
      for stride in [1, 2] {
        var branches: [LinearExpression] = [
          .sequence([random.convolution(8, 8, 3, stride, groups), random.norm(8)]),
          .sequence([random.convolution(8, 8, 1, stride, groups), random.norm(8)]),
        ]
        if stride == 1 { branches.append(random.norm(8)) }
        cases.append(Case("RepVGG g\(groups) s\(stride)", 8, .sum(branches)))
      }
    }
    cases.append(
      Case(
        "RepOpt CSLA", 6,
        .sequence([
          .sum([
            .sequence([random.convolution(6, 6, 3, 1, 1), .scale(random.tensor([6]))]),
            .sequence([random.convolution(6, 6, 1, 1, 1), .scale(random.tensor([6]))]),
            .scale(random.tensor([6])),
          ]), random.norm(6),
        ])))
    cases.append(
      Case(
        "QARepVGG", 4,
        .sequence([
          .sum([
            .sequence([random.convolution(4, 4, 3, 1, 1), random.norm(4)]),
            random.convolution(4, 4, 1, 1, 1), .identity,
            .averagePool(AveragePool(size: 3, stride: 1, padding: 1)),
          ]), random.norm(4),
        ])))
    cases.append(
      Case(
        "DBB", 4,
        .sum([
          .sequence([random.convolution(6, 4, 3, 1, 1), random.norm(6)]),
          // Padding before the batch norm, so that the border is what the norm makes of zero.
          .sequence([
            random.convolution(5, 4, 1, 1, 1, padding: 1), random.norm(5),
            random.convolution(6, 5, 3, 1, 1, padding: 0), random.norm(6),
          ]),
          .sequence([
            random.convolution(6, 4, 1, 1, 1, padding: 1), random.norm(6),
            .averagePool(AveragePool(size: 3, stride: 1)), random.norm(6),
          ]),
        ])))
    cases.append(
      Case(
        "MobileOne depthwise then pointwise", 6,
        .sequence([
          .sum([
            .sequence([random.convolution(6, 6, 3, 2, 6), random.norm(6)]),
            .sequence([random.convolution(6, 6, 1, 2, 6), random.norm(6)]),
          ]), random.convolution(9, 6, 1, 1, 1),
        ])))
    cases.append(
      Case(
        "concatenation", 4,
        .sequence([
          .concatenation([
            random.convolution(4, 4, 3, 1, 2), random.convolution(2, 4, 1, 1, 1), .identity,
          ]), random.convolution(3, 10, 1, 1, 1),
        ])))
    cases.append(
      Case(
        "grouped 3x3 then grouped 3x3", 8,
        .sequence([
          random.convolution(8, 8, 3, 1, 4, padding: 2), random.norm(8),
          random.convolution(8, 8, 3, 1, 2, padding: 0),
        ])))
    cases.append(
      Case(
        "a stride before a 3x3", 4,
        .sequence([
          random.convolution(6, 4, 3, 2, 1, padding: 4), random.norm(6),
          random.convolution(4, 6, 3, 1, 1, padding: 0),
        ])))
    return cases
  }()

  @Test(arguments: cases) func reductionIsTheSameFunction(_ test: Case) throws {
    var random = RandomTensors(seed: 11)
    for (height, width) in [(7, 5), (1, 1), (6, 8)] {
      let image = ReferenceNetwork.Image(
        channels: test.channels, height: height, width: width,
        values: random.values(test.channels * height * width))
      let expected = try test.expression.evaluate(on: image)
      let reduced = try test.expression.reduced(inputChannels: test.channels)
      let actual = try reduced.expression.evaluate(on: image)
      #expect(actual.values.count == expected.values.count)
      let scale = expected.values.map(abs).max() ?? 1
      let worst = zip(actual.values, expected.values).map { abs($0 - $1) }.max() ?? 0
      #expect(worst <= 1e-13 * scale, "\(height)x\(width): \(worst) of \(scale)")
    }
  }

  @Test func whatIsNoSingleConvolutionIsRefused() {
    var random = RandomTensors(seed: 3)
    let cases: [(LinearExpression, RepVGGError.Kind, String)] = [
      (
        .sum([random.convolution(4, 4, 3, 1, 1), random.convolution(4, 4, 1, 2, 1)]), .unsupported,
        "stride"
      ),
      (
        .sum([random.convolution(4, 4, 3, 1, 1, padding: 0), random.convolution(4, 4, 1, 1, 1)]),
        .unsupported, "output size"
      ),
      (
        .sequence([
          random.convolution(4, 4, 1, 1, 1), random.norm(4), random.convolution(4, 4, 3, 1, 1),
        ]), .unsupported, "border"
      ),
      (.sum([]), .badData, "no branches"),
      (.sequence([random.convolution(5, 3, 3, 1, 1)]), .badData, "does not fit"),
      (
        .sum([random.convolution(4, 4, 1, 1, 1), random.convolution(5, 4, 1, 1, 1)]), .badData,
        "add"
      ),
      (.scale(random.tensor([3])), .badData, "channels"),
    ]
    for (expression, kind, reason) in cases {
      let error = #expect(throws: RepVGGError.self) { try expression.reduced(inputChannels: 4) }
      #expect(error?.kind == kind)
      #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }
  }

  @Test func weightsThatAreNoNumbersAreNamed() {
    var random = RandomTensors(seed: 3)
    for (index, value) in [(0, Float.nan), (1, .infinity), (2, -1)] {
      var tensor = Tensor(shape: [3], elements: (0..<3).map { $0 == index ? value : 1 })
      tensor.name = "stage1.0.rbr_dense.bn.running_var"
      let norm = BatchNorm(
        gamma: random.tensor([3]), beta: random.tensor([3]), mean: random.tensor([3]),
        variance: tensor)
      let error = #expect(throws: RepVGGError.self) { try norm.affine() }
      #expect(error?.kind == .badData)
      #expect(error?.tensor == tensor.name)
      #expect(error?.reason.contains("\(index)") == true)
    }
  }
}

/// Random tensors of a reproducible sequence.
struct RandomTensors {
  private var generator: SeededGenerator
  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func value() -> Double { Double(generator.float()) }

  mutating func values(_ count: Int) -> [Double] { (0..<count).map { _ in value() } }

  mutating func tensor(_ shape: [Int], from low: Float = -1, to high: Float = 1) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor(
      shape: shape, elements: values(count).map { low + (high - low) * (Float($0) + 1) / 2 })
  }

  mutating func convolution(
    _ outputs: Int, _ inputs: Int, _ size: Int, _ stride: Int, _ groups: Int, padding: Int? = nil
  ) -> LinearExpression {
    .convolution(
      Convolution(
        kernel: tensor([outputs, inputs / groups, size, size]), stride: stride, padding: padding,
        groups: groups))
  }

  mutating func norm(_ channels: Int) -> LinearExpression {
    .batchNorm(
      BatchNorm(
        gamma: tensor([channels], from: 0.1, to: 1.5), beta: tensor([channels]),
        mean: tensor([channels]), variance: tensor([channels], from: 1e-3, to: 10)))
  }
}

extension ReducedConvolution {
  /// The convolution itself, to be evaluated.
  var expression: LinearExpression {
    .convolution(
      Convolution(
        kernel: Tensor(
          shape: [outputChannels, inputChannelsPerGroup, kernelSize.height, kernelSize.width],
          doubles: kernel), bias: Tensor(shape: [outputChannels], doubles: bias), stride: stride,
        padding: padding, dilation: dilation, groups: groups))
  }
}
