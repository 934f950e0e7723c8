import RepVGG
import TestSupport

/// Random linear expressions of every operator, most of which are one convolution.
struct RandomExpressions {
  private var numbers: SeededGenerator
  private var tensors: RandomTensors

  /// Whether there are concatenations, which no form but the plain one has.
  var concatenates = true

  init(seed: UInt64) {
    numbers = SeededGenerator(seed: seed)
    tensors = RandomTensors(seed: seed &+ 99)
  }

  /// A number below a bound.
  mutating func below(_ bound: Int) -> Int { Int(numbers.next() % UInt64(bound)) }

  /// A sum, what follows it, maybe a second sum; and the channels that it reads.
  mutating func expression() -> (expression: LinearExpression, channels: Int) {
    let channels = 2 * (1 + below(3))
    let middle = 2 * (1 + below(3))
    var parts = [region(channels, middle)] + tail(middle)
    if below(3) == 0 {
      let outputs = 2 * (1 + below(2))
      parts.append(region(middle, outputs, isPadded: false))
    }
    return (.sequence(parts), channels)
  }

  /// A sum or concatenation of branches of the same stride and size along each axis; not padded where
  /// something comes before it.
  private mutating func region(
    _ inputs: Int, _ outputs: Int, isPadded: Bool = true
  ) -> LinearExpression {
    let stride = Size2D(height: 1 + below(2), width: 1 + below(2))
    let growths = isPadded ? [-1, -3, 1] : [-3]
    let growth = Size2D(height: growths[below(growths.count)], width: growths[below(growths.count)])
    let count = 1 + below(4)
    if below(5) == 0, concatenates {
      return .concatenation(
        [
          branch(inputs, outputs / 2, stride, growth),
          branch(inputs, outputs - outputs / 2, stride, growth),
        ])
    }
    var branches = (0..<count).map { _ in branch(inputs, outputs, stride, growth) }
    if inputs == outputs, stride == 1, growth == -1 {
      branches.append(.identity)
      branches += tail(outputs).prefix(1)
    }
    return .sum(branches)
  }

  /// Scales, shifts, batch norms and crops.
  private mutating func tail(_ channels: Int) -> [LinearExpression] {
    var parts: [LinearExpression] = []
    for _ in 0..<below(3) {
      switch below(6) {
      case 0: parts.append(.scale(tensors.tensor([channels])))
      case 1: parts.append(.shift(tensors.tensor([1])))
      case 2: parts.append(.shift(tensors.tensor([channels])))
      case 3: parts.append(.scale(tensors.tensor([1])))
      case 4:
        parts.append(
          .batchNorm(
            BatchNorm(
              gamma: nil, beta: below(2) == 0 ? nil : tensors.tensor([channels]),
              mean: tensors.tensor([channels]),
              variance: tensors.tensor([channels], from: 0.5, to: 2))))
      default: parts.append(tensors.norm(channels))
      }
    }
    return parts
  }

  private mutating func branch(
    _ inputs: Int, _ outputs: Int, _ stride: Size2D, _ growth: Size2D
  ) -> LinearExpression {
    // What is not padded reads no more pixels than the growth takes away.
    let isPadded = growth != -3
    let sides = isPadded ? 4 : 2
    let kernel = Size2D(height: 1 + below(sides), width: 1 + below(sides))
    let dilation = Size2D(height: 1 + below(sides), width: 1 + below(sides))
    let span = Size2D(
      height: (kernel.height - 1) * dilation.height + 1,
      width: (kernel.width - 1) * dilation.width + 1)
    // Outputs are as many as the growth says, wherever the kernel reads.
    let (down, across) = (growth.height + span.height, growth.width + span.width)
    let top = isPadded ? below(4) - 1 : -below(1 - down)
    let left = isPadded ? below(4) - 1 : -below(1 - across)
    let padding = Padding(top: top, left: left, bottom: down - top, right: across - left)
    let groups = inputs % 2 == 0 && outputs % 2 == 0 ? 1 + below(2) : 1
    func convolution(
      _ random: inout RandomTensors, _ inputs: Int, _ padding: Padding, hasBias: Bool
    ) -> LinearExpression {
      .convolution(
        Convolution(
          kernel: random.tensor([outputs, inputs / groups, kernel.height, kernel.width]),
          bias: hasBias ? random.tensor([outputs]) : nil, stride: stride, padding: padding,
          dilation: dilation, groups: groups))
    }
    switch below(7) {
    case 0, 1: return convolution(&tensors, inputs, padding, hasBias: below(2) == 0)
    case 2:
      return .sequence([
        .pad(padding), convolution(&tensors, inputs, 0, hasBias: true), tensors.norm(outputs),
      ])
    case 3:
      let middle = 2 * (1 + below(2))
      return .sequence([
        tensors.convolution(middle, inputs, 1, 1, 1), tensors.norm(middle),
        .padWithImageOfZero(padding), convolution(&tensors, middle, 0, hasBias: false),
      ])
    case 4:
      // No bias before the padding: the first kernel reads single pixels.
      return .sequence([
        tensors.convolution(4, inputs, 1, 1, 1), convolution(&tensors, 4, padding, hasBias: true),
      ])
    case 5:
      let pool = LinearExpression.averagePool(
        AveragePool(
          size: span, stride: stride, padding: 0, countsPadding: below(2) == 0))
      return .sequence([
        .pad(padding), pool, tensors.convolution(outputs, inputs, 1, 1, 1), tensors.norm(outputs),
      ])
    default:
      return .sequence([
        convolution(&tensors, inputs, padding, hasBias: true),
        .sum([tensors.convolution(outputs, outputs, 1, 1, 1), .identity] + tail(outputs)),
        .shift(tensors.tensor([outputs])),
      ])
    }
  }
}
