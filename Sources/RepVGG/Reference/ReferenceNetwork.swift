import Glibc

/// The oracle: a network computed literally in Float64, plain loops over NCHW, never fast.
///
/// Every block's expression is evaluated node by node as it was trained; nothing is folded.
package struct ReferenceNetwork {
  private let network: Network

  package init(_ network: Network) { self.network = network }

  /// One image or activation in Float64, `[channels, height, width]`.
  package struct Image: Sendable {
    package var channels: Int
    package var height: Int
    package var width: Int
    package var values: [Double]

    package init(channels: Int, height: Int, width: Int, values: [Double]) {
      self.channels = channels
      self.height = height
      self.width = width
      self.values = values
    }
  }

  /// Logits `[batch, classes]`, or the pooled features of a backbone, of images `[batch, channels, height, width]`.
  package func logits(_ images: [Float], input: InputShape) throws(RepVGGError) -> [Double] {
    try outputs(images, input: input).logits
  }

  /// The same with the stages' outputs by their names, `[batch, channels, height, width]`.
  package func outputs(
    _ images: [Float], input: InputShape
  ) throws(RepVGGError) -> (logits: [Double], features: [String: [Double]]) {
    var result: [Double] = []
    var collected: [String: [Double]] = [:]
    let count = input.channels * input.height * input.width
    let pool = try ThreadPool(workerCount: min(16, PlanOptions.availableThreadCount))
    for index in 0..<input.batch {
      var image = Image(
        channels: input.channels, height: input.height, width: input.width,
        values: images[index * count..<(index + 1) * count].map(Double.init))
      for block in network.blocks {
        image = try Self.apply(block, to: image, pool)
        if let name = block.featureName { collected[name, default: []] += image.values }
      }
      let features = Self.means(image)
      if let head = network.head {
        result += try Self.linear(head, features)
      } else {
        result += features
      }
    }
    return (result, collected)
  }

  private static func apply(
    _ block: Block, to source: Image, _ pool: ThreadPool
  ) throws(RepVGGError) -> Image {
    var image = try apply(block.body, to: source, pool)
    if let gate = block.gate, gate.placement == .beforeActivation { try apply(gate, to: &image) }
    for index in image.values.indices { image.values[index] = max(0, image.values[index]) }
    if let gate = block.gate, gate.placement == .afterActivation { try apply(gate, to: &image) }
    return image
  }

  private static func apply(
    _ expression: LinearExpression, to source: Image, _ pool: ThreadPool
  ) throws(RepVGGError) -> Image {
    switch expression {
    case .identity: return source
    case .convolution(let convolution): return try convolved(source, convolution, pool)
    case .batchNorm(let norm):
      let (factor, summand) = try norm.affine()
      return scaled(source, factor, summand)
    case .scale(let factors):
      return try scaled(
        source, factors.doubles(), [Double](repeating: 0, count: source.channels))
    case .sum(let terms):
      var total: Image?
      for term in terms {
        let image = try apply(term, to: source, pool)
        guard total != nil else {
          total = image
          continue
        }
        for index in image.values.indices { total?.values[index] += image.values[index] }
      }
      return total ?? source
    case .sequence(let operators):
      var image = source
      for expression in operators { image = try apply(expression, to: image, pool) }
      return image
    case .averagePool, .concatenation:
      throw RepVGGError(.unsupported, "the reference does not evaluate this expression")
    }
  }

  private static func scaled(_ source: Image, _ factor: [Double], _ summand: [Double]) -> Image {
    var image = source
    let plane = image.height * image.width
    for channel in 0..<image.channels {
      for index in channel * plane..<(channel + 1) * plane {
        image.values[index] = image.values[index] * factor[channel] + summand[channel]
      }
    }
    return image
  }

  private static func convolved(
    _ source: Image, _ convolution: Convolution, _ pool: ThreadPool
  ) throws(RepVGGError) -> Image {
    let kernel = try convolution.kernel.doubles()
    let bias = try convolution.bias?.doubles()
    let (size, step, padding) = (
      convolution.kernelSize, convolution.stride, convolution.padding
    )
    let outputs = convolution.outputChannels
    let inner = source.channels / convolution.groups
    let rows = (source.height + 2 * padding - size) / step + 1
    let columns = (source.width + 2 * padding - size) / step + 1
    var values = [Double](repeating: 0, count: outputs * rows * columns)
    values.withUnsafeMutableBufferPointer { buffer in
      pool.run { worker in
        for output in stride(from: worker, to: outputs, by: pool.workerCount) {
          let first = output / (outputs / convolution.groups) * inner
          for y in 0..<rows {
            let line = UnsafeMutableBufferPointer(
              rebasing: buffer[(output * rows + y) * columns..<(output * rows + y + 1) * columns])
            line.update(repeating: bias?[output] ?? 0)
            for input in 0..<inner {
              for tap in 0..<size * size {
                let sourceRow = y * step + tap / size - padding
                guard sourceRow >= 0, sourceRow < source.height else { continue }
                let weight = kernel[(output * inner + input) * size * size + tap]
                let base = ((first + input) * source.height + sourceRow) * source.width
                let shift = tap % size - padding
                for x in 0..<columns {
                  let column = x * step + shift
                  if column >= 0, column < source.width {
                    line[x] += weight * source.values[base + column]
                  }
                }
              }
            }
          }
        }
      }
    }
    return Image(channels: outputs, height: rows, width: columns, values: values)
  }

  private static func means(_ image: Image) -> [Double] {
    let plane = image.height * image.width
    return (0..<image.channels).map { channel in
      image.values[channel * plane..<(channel + 1) * plane].reduce(0, +) / Double(plane)
    }
  }

  private static func linear(
    _ map: Linear, _ vector: [Double]
  ) throws(RepVGGError) -> [Double] {
    let (matrix, bias) = (try map.weight.doubles(), try map.bias?.doubles())
    return (0..<map.outputCount).map { output -> Double in
      var sum = bias?[output] ?? 0
      for input in vector.indices { sum += matrix[output * vector.count + input] * vector[input] }
      return sum
    }
  }

  private static func apply(
    _ gate: SqueezeExcitation, to image: inout Image
  ) throws(RepVGGError) {
    let squeezed = try linear(gate.squeeze, means(image)).map { max(0, $0) }
    let factors = try linear(gate.excite, squeezed).map { 1 / (1 + exp(-$0)) }
    image = scaled(image, factors, [Double](repeating: 0, count: image.channels))
  }
}
