extension LinearExpression {
  /// What the expression gives for an image, operator by operator, in Float64; nothing is merged.
  ///
  /// - Throws: `badData` if the operators do not fit the image, `unsupported` for padding with an
  ///   image of zero that is not the same at every pixel.
  package func evaluate(
    on image: ReferenceNetwork.Image
  ) throws(RepVGGError) -> ReferenceNetwork.Image {
    try evaluate(on: image, ThreadPool(workerCount: min(16, PlanOptions.availableThreadCount)))
  }

  /// The same with threads that are there.
  package func evaluate(
    on image: ReferenceNetwork.Image, _ pool: ThreadPool
  ) throws(RepVGGError) -> ReferenceNetwork.Image {
    if let linearOperator { return try linearOperator.evaluate(on: image, pool) }
    if case .sequence(let operators) = self {
      return try Self.evaluate(operators, on: image, pool)
    }
    var result: ReferenceNetwork.Image?
    for child in children {
      let next = try child.evaluate(on: image, pool)
      guard var sum = result else {
        result = next
        continue
      }
      result = nil
      if case .sum = self {
        guard (sum.channels, sum.height, sum.width) == (next.channels, next.height, next.width)
        else {
          throw RepVGGError(
            .badData,
            "images of \(sum.channels)x\(sum.height)x\(sum.width) and"
              + " \(next.channels)x\(next.height)x\(next.width) cannot be added")
        }
        for index in next.values.indices { sum.values[index] += next.values[index] }
      } else {
        guard (sum.height, sum.width) == (next.height, next.width) else {
          throw RepVGGError(
            .badData,
            "images of \(sum.height)x\(sum.width) and \(next.height)x\(next.width) pixels cannot"
              + " be concatenated")
        }
        sum.channels += next.channels
        sum.values += next.values
      }
      result = sum
    }
    guard let result else {
      throw RepVGGError(.badData, "a sum or concatenation of no branches")
    }
    return result
  }

  private static func evaluate(
    _ operators: [LinearExpression], on image: ReferenceNetwork.Image, _ pool: ThreadPool
  ) throws(RepVGGError) -> ReferenceNetwork.Image {
    var result = image
    for (index, expression) in operators.enumerated() {
      if case .padWithImageOfZero(let padding) = expression {
        let zero = try LinearExpression.sequence(Array(operators[..<index])).evaluate(
          on: image.mapped { _, _ in 0 }, pool)
        result = try result.padded(padding, with: zero.uniformChannels())
      } else {
        result = try expression.evaluate(on: result, pool)
      }
    }
    return result
  }
}

extension ReferenceNetwork.Image {
  /// A function of every element and its channel.
  func mapped(_ function: (Int, Double) -> Double) -> Self {
    var image = self
    let plane = max(1, height * width)
    for index in values.indices { image.values[index] = function(index / plane, values[index]) }
    return image
  }

  /// The image with a value per channel around it; negative sides are cut off.
  ///
  /// - Throws: `badData` if nothing is left.
  func padded(_ padding: Padding, with border: [Double]) throws(RepVGGError) -> Self {
    let rows = height + padding.top + padding.bottom
    let columns = width + padding.left + padding.right
    guard rows > 0, columns > 0 else { throw tooSmall }
    var result = Self(channels: channels, height: rows, width: columns, values: [])
    result.values.reserveCapacity(channels * rows * columns)
    for channel in 0..<channels {
      for row in 0..<rows {
        for column in 0..<columns {
          let (y, x) = (row - padding.top, column - padding.left)
          let isInside = (0..<height).contains(y) && (0..<width).contains(x)
          result.values.append(
            isInside ? values[(channel * height + y) * width + x] : border[channel])
        }
      }
    }
    return result
  }

  /// The value of each channel.
  ///
  /// - Throws: `unsupported` where a channel is not the same at every pixel.
  fileprivate func uniformChannels() throws(RepVGGError) -> [Double] {
    let plane = height * width
    var result: [Double] = []
    for channel in 0..<channels {
      let pixels = values[channel * plane..<(channel + 1) * plane]
      guard let value = pixels.first, pixels.allSatisfy({ $0 == value }) else {
        throw RepVGGError(
          .unsupported, "padding with an image of zero that is not the same at every pixel")
      }
      result.append(value)
    }
    return result
  }

  /// The sum of products with a kernel at every place, zeros around the image.
  ///
  /// - Throws: `badData` if the image is smaller than the kernel.
  func convolved(
    _ geometry: ConvolutionGeometry, kernel: [Double], bias: [Double]?, _ pool: ThreadPool
  ) throws(RepVGGError) -> Self {
    guard let (rows, columns) = geometry.outputSize(height: height, width: width) else {
      throw tooSmall
    }
    let (down, across) = (geometry.vertical, geometry.horizontal)
    let (outputs, inner) = (geometry.outputChannels, geometry.inputChannelsPerGroup)
    var results = [Double](repeating: 0, count: outputs * rows * columns)
    results.withUnsafeMutableBufferPointer { buffer in
      pool.run { worker in
        for output in Swift.stride(from: worker, to: outputs, by: pool.workerCount) {
          let first = output / (outputs / geometry.groups) * inner
          for y in 0..<rows {
            let line = UnsafeMutableBufferPointer(
              rebasing: buffer[(output * rows + y) * columns..<(output * rows + y + 1) * columns])
            line.update(repeating: bias?[output] ?? 0)
            for input in 0..<inner {
              for tap in 0..<down.kernel * across.kernel {
                let row =
                  y * down.stride - down.before + tap / across.kernel * down.dilation
                guard row >= 0, row < height else { continue }
                let weight = kernel[(output * inner + input) * down.kernel * across.kernel + tap]
                let base = ((first + input) * height + row) * width
                let shift = tap % across.kernel * across.dilation - across.before
                for x in 0..<columns {
                  let column = x * across.stride + shift
                  if column >= 0, column < width { line[x] += weight * values[base + column] }
                }
              }
            }
          }
        }
      }
    }
    return Self(channels: outputs, height: rows, width: columns, values: results)
  }

  private var tooSmall: RepVGGError {
    RepVGGError(.badData, "an image of \(height)x\(width) pixels is too small")
  }
}
