import RepVGG
import RepVGGTraining
import Testing

/// Deterministic values around zero for inputs of no meaning.
func noise(_ count: Int, seed: UInt64) -> [Double] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Double(state >> 11) / Double(1 << 52) - 1
  }
}

/// A buffer with those values.
func buffer<Scalar: TrainingScalar>(_ values: [Double], as type: Scalar.Type) throws
  -> ScalarBuffer<Scalar>
{
  let buffer = try ScalarBuffer<Scalar>(count: values.count)
  buffer.assign(values.map { Scalar($0) })
  return buffer
}

@Suite struct ConvolutionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var height: Int, width: Int, inputs: Int, outputs: Int, kernel: Int, stride: Int, groups: Int
    var batch = 3
    var testDescription: String {
      "\(batch)x\(height)x\(width)x\(inputs)->\(outputs) k\(kernel) s\(stride) g\(groups)"
    }
  }

  static let cases = [
    Case(height: 5, width: 7, inputs: 4, outputs: 6, kernel: 3, stride: 1, groups: 1),
    Case(height: 6, width: 5, inputs: 4, outputs: 6, kernel: 3, stride: 2, groups: 2),
    Case(height: 5, width: 4, inputs: 6, outputs: 6, kernel: 1, stride: 1, groups: 3),
    Case(height: 5, width: 4, inputs: 4, outputs: 2, kernel: 1, stride: 2, groups: 1),
    Case(height: 7, width: 7, inputs: 3, outputs: 4, kernel: 5, stride: 1, groups: 1),
    // More outputs than pixels: the threads split the weights.
    Case(height: 2, width: 2, inputs: 8, outputs: 64, kernel: 3, stride: 2, groups: 1),
    Case(height: 2, width: 3, inputs: 8, outputs: 64, kernel: 3, stride: 1, groups: 1, batch: 2),
    // Fewer pieces of work than threads, down to a single pixel.
    Case(height: 4, width: 3, inputs: 4, outputs: 6, kernel: 3, stride: 1, groups: 1),
    Case(height: 2, width: 1, inputs: 4, outputs: 4, kernel: 3, stride: 1, groups: 2, batch: 8),
    Case(height: 1, width: 1, inputs: 4, outputs: 4, kernel: 3, stride: 1, groups: 1, batch: 1),
  ]

  /// Three passes of one case, on that many threads.
  struct Result: Equatable {
    var y: [Double], weightGradient: [Double], dx: [Double]
  }

  func run(_ test: Case, threads count: Int) throws -> (Result, TrainingConvolutionShape) {
    let shape = try TrainingConvolutionShape(
      batch: test.batch, height: test.height, width: test.width, inputChannels: test.inputs,
      outputChannels: test.outputs, kernel: test.kernel, stride: test.stride,
      padding: test.kernel / 2, groups: test.groups)
    let convolution = TrainingConvolution<Double>(shape, threads: try TrainingThreads(count: count))
    let x = try buffer(noise(shape.inputCount, seed: 1), as: Double.self)
    let weight = try buffer(noise(shape.weightCount, seed: 2), as: Double.self)
    let dy = try buffer(noise(shape.outputCount, seed: 3), as: Double.self)
    // What was there before must not matter.
    func stale(_ count: Int) throws -> ScalarBuffer<Double> {
      try buffer([Double](repeating: .nan, count: count), as: Double.self)
    }
    let (y, gradient) = (try stale(shape.outputCount), try stale(shape.weightCount))
    let (dx, workspace) = (try stale(shape.inputCount), try stale(convolution.workspaceCount))
    convolution.forward(x: x.base, weight: weight.base, y: y.base, workspace: workspace.base)
    convolution.backwardWeight(
      x: x.base, dy: dy.base, gradient: gradient.base, workspace: workspace.base)
    convolution.backwardInput(
      dy: dy.base, weight: weight.base, dx: dx.base, accumulates: false,
      workspace: workspace.base)
    convolution.backwardInput(
      dy: dy.base, weight: weight.base, dx: dx.base, accumulates: true, workspace: workspace.base)
    let halved = dx.elements.map { $0 / 2 }
    return (Result(y: y.elements, weightGradient: gradient.elements, dx: halved), shape)
  }

  /// The convolution by its definition.
  func reference(_ shape: TrainingConvolutionShape) -> Result {
    let x = noise(shape.inputCount, seed: 1)
    let weight = noise(shape.weightCount, seed: 2)
    let dy = noise(shape.outputCount, seed: 3)
    var result = Result(
      y: .init(repeating: 0, count: shape.outputCount),
      weightGradient: .init(repeating: 0, count: shape.weightCount),
      dx: .init(repeating: 0, count: shape.inputCount))
    let inputs = shape.inputChannels / shape.groups, outputs = shape.outputChannels / shape.groups
    for image in 0..<shape.batch {
      for oy in 0..<shape.outputHeight {
        for ox in 0..<shape.outputWidth {
          for o in 0..<shape.outputChannels {
            let pixel: Int = (image * shape.outputHeight + oy) * shape.outputWidth + ox
            let yIndex: Int = pixel * shape.outputChannels + o
            for ky in 0..<shape.kernel {
              for kx in 0..<shape.kernel {
                let iy = oy * shape.stride - shape.padding + ky
                let ix = ox * shape.stride - shape.padding + kx
                guard (0..<shape.height).contains(iy), (0..<shape.width).contains(ix) else {
                  continue
                }
                let pixel: Int = (image * shape.height + iy) * shape.width + ix
                let xFirst: Int = pixel * shape.inputChannels + o / outputs * inputs
                let wFirst: Int = ((o * shape.kernel + ky) * shape.kernel + kx) * inputs
                for i in 0..<inputs {
                  let (xIndex, wIndex) = (xFirst + i, wFirst + i)
                  result.y[yIndex] += x[xIndex] * weight[wIndex]
                  result.weightGradient[wIndex] += x[xIndex] * dy[yIndex]
                  result.dx[xIndex] += weight[wIndex] * dy[yIndex]
                }
              }
            }
          }
        }
      }
    }
    return result
  }

  @Test(arguments: cases, [1, 2, 3, 4, 7, 16])
  func matchesTheDefinition(_ test: Case, threads: Int) throws {
    let (result, shape) = try run(test, threads: threads)
    let expected = reference(shape)
    #expect(relativeDifference(result.y, expected.y) < 1e-14)
    #expect(relativeDifference(result.weightGradient, expected.weightGradient) < 1e-14)
    #expect(relativeDifference(result.dx, expected.dx) < 1e-14)
    #expect(try run(test, threads: threads).0 == result)
  }

  @Test func refusesSizesThatDoNotFit() {
    #expect(throws: RepVGGError.self) {
      try TrainingConvolutionShape(
        batch: 1, height: 4, width: 4, inputChannels: 3, outputChannels: 4, kernel: 3, stride: 1,
        padding: 1, groups: 2)
    }
    #expect(throws: RepVGGError.self) {
      try TrainingConvolutionShape(
        batch: 1 << 23, height: 1 << 23, width: 1 << 23, inputChannels: 1 << 23,
        outputChannels: 1 << 23, kernel: 3, stride: 1, padding: 1)
    }
  }
}

/// The L2 norm of the difference over that of the expected values.
func relativeDifference(_ values: [Double], _ expected: [Double]) -> Double {
  guard values.count == expected.count else { return .infinity }
  var difference = 0.0
  var norm = 0.0
  for (value, wanted) in zip(values, expected) {
    difference += (value - wanted) * (value - wanted)
    norm += wanted * wanted
  }
  return norm == 0 ? difference.squareRoot() : (difference / norm).squareRoot()
}
