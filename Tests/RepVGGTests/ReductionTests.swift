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
            .averagePool(size: 3, stride: 1, padding: 1),
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
            .averagePool(size: 3, stride: 1, padding: 0), random.norm(6),
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
    return cases
  }()

  @Test(arguments: cases) func reductionIsTheSameFunction(_ test: Case) throws {
    var random = RandomTensors(seed: 11)
    for (height, width) in [(7, 5), (1, 1), (6, 8)] {
      let image = Image(
        channels: test.channels, height: height, width: width,
        values: random.values(test.channels * height * width))
      let expected = try image.applying(test.expression)
      let reduced = try test.expression.reduced(inputChannels: test.channels)
      let actual = try image.applying(reduced)
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
      (
        .sequence([
          random.convolution(4, 4, 3, 2, 1, padding: 0),
          random.convolution(4, 4, 3, 1, 1, padding: 0),
        ]), .unsupported, "stride"
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

/// One image in Double, and the literal meaning of every operator.
struct Image {
  var channels: Int
  var height: Int
  var width: Int
  var values: [Double]

  func applying(_ expression: LinearExpression) throws -> Image {
    switch expression {
    case .identity: return self
    case .convolution(let convolution):
      return convolved(
        try convolution.kernel.doubles(), bias: try convolution.bias?.doubles(),
        outputs: convolution.outputChannels, size: convolution.kernelSize,
        stride: convolution.stride, padding: convolution.padding, groups: convolution.groups)
    case .batchNorm(let norm):
      let (gamma, beta) = try (norm.gamma.doubles(), norm.beta.doubles())
      let (mean, variance) = try (norm.mean.doubles(), norm.variance.doubles())
      return mapped { channel, x in
        gamma[channel] * (x - mean[channel]) / (variance[channel] + norm.epsilon).squareRoot()
          + beta[channel]
      }
    case .scale(let factors):
      let factors = try factors.doubles()
      return mapped { channel, x in factors[channel] * x }
    case .averagePool(let size, let stride, let padding):
      return convolved(
        [Double](repeating: 1 / Double(size * size), count: channels * size * size), bias: nil,
        outputs: channels, size: size, stride: stride, padding: padding, groups: channels)
    case .sum(let terms):
      var images = try terms.map { try applying($0) }
      var total = images.removeFirst()
      for image in images { total.values = zip(total.values, image.values).map { $0 + $1 } }
      return total
    case .sequence(let operators):
      return try operators.reduce(self) { try $0.applying($1) }
    case .concatenation(let branches):
      let images = try branches.map { try applying($0) }
      return Image(
        channels: images.reduce(0) { $0 + $1.channels }, height: images[0].height,
        width: images[0].width, values: images.flatMap(\.values))
    }
  }

  func applying(_ reduced: ReducedConvolution) throws -> Image {
    convolved(
      reduced.kernel, bias: reduced.bias, outputs: reduced.outputChannels,
      size: reduced.kernelSize, stride: reduced.stride, padding: reduced.padding,
      groups: reduced.groups)
  }

  private func mapped(_ function: (Int, Double) -> Double) -> Image {
    var copy = self
    for index in values.indices {
      copy.values[index] = function(index / (height * width), values[index])
    }
    return copy
  }

  private func convolved(
    _ kernel: [Double], bias: [Double]?, outputs: Int, size: Int, stride: Int, padding: Int,
    groups: Int
  ) -> Image {
    let rows = (height + 2 * padding - size) / stride + 1
    let columns = (width + 2 * padding - size) / stride + 1
    let inner = channels / groups
    var result = Image(channels: outputs, height: rows, width: columns, values: [])
    for output in 0..<outputs {
      let first = output / (outputs / groups) * inner
      for y in 0..<rows {
        for x in 0..<columns {
          var sum = bias?[output] ?? 0
          for input in 0..<inner {
            for tap in 0..<size * size {
              let sy = y * stride + tap / size - padding
              let sx = x * stride + tap % size - padding
              guard sy >= 0, sy < height, sx >= 0, sx < width else { continue }
              sum +=
                kernel[(output * inner + input) * size * size + tap]
                * values[((first + input) * height + sy) * width + sx]
            }
          }
          result.values.append(sum)
        }
      }
    }
    return result
  }
}
