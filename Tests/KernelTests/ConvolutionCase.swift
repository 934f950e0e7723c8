import RepVGG
import TestSupport

/// One layer with random operands, and what the oracle says of it.
struct ConvolutionCase {
  let shape: ConvolutionShape
  let epilogue: ConvolutionEpilogue
  let source: [Float]
  let kernel: [Float]
  let bias: [Float]
  let previous: [Float]
  let expected: ReferenceConvolution.Output

  init(
    batch: Int = 1, height: Int, width: Int, from inputs: Int, to outputs: Int, kernelSize: Int = 3,
    stride: Int = 1, groups: Int = 1, epilogue: ConvolutionEpilogue = .init(appliesReLU: true)
  ) {
    let destination = ActivationLayout(
      batch: batch, height: (height + stride - 1) / stride, width: (width + stride - 1) / stride,
      channels: outputs)
    let layout = ActivationLayout(
      batch: batch, height: height, width: width, channels: inputs, padded: inputs != 3)
    shape = ConvolutionShape(
      source: layout, destination: destination, kernelSize: kernelSize, stride: stride,
      groups: groups)
    self.epilogue = epilogue
    var random = SeededGenerator(seed: UInt64(height * 1000 + width * 100 + inputs * 10 + outputs))
    source = Self.activation(layout, &random)
    kernel = random.floats(outputs * (inputs / groups) * kernelSize * kernelSize)
    var bias = [Float](repeating: 0, count: 2 * destination.pixelStride)
    for channel in 0..<outputs {
      bias[channel] = random.float()
      bias[destination.pixelStride + channel] = random.float()
    }
    self.bias = bias
    previous = Self.activation(destination, &random)
    expected = ReferenceConvolution.run(
      shape, epilogue: epilogue, source: source, kernel: kernel, bias: bias, previous: previous)
  }

  /// Random channels; zeros in borders and padding.
  private static func activation(
    _ layout: ActivationLayout, _ random: inout SeededGenerator
  ) -> [Float] {
    var elements = [Float](repeating: 0, count: layout.elementCount)
    for image in 0..<layout.batch {
      for y in 0..<layout.height {
        for x in 0..<layout.width {
          let pixel = layout.offset(image: image, y: y, x: x)
          for channel in 0..<layout.channels { elements[pixel + channel] = random.float() }
        }
      }
    }
    return elements
  }

  /// The layer as workers share it.
  func layer(workerCount: Int = 1) -> ConvolutionLayer {
    ConvolutionLayer(shape: shape, epilogue: epilogue, workerCount: workerCount)
  }

  /// Products of one sum.
  var depth: Int { shape.inputChannelsPerGroup * shape.tapCount }

  /// The kernel with zeros for the centre tap of each group's first channel: a defect that bounds
  /// have to find.
  var kernelWithoutATap: [Float] {
    var kernel = kernel
    let taps = shape.tapCount
    for start in stride(from: 0, to: kernel.count, by: depth) { kernel[start + taps / 2] = 0 }
    return kernel
  }

  /// What a run left behind, compared with the oracle.
  struct Outcome {
    var intact = true
    /// Largest error over its bound.
    var worst = 0.0
    var relativeL2 = 0.0
    var values: [Float] = []
  }

  /// Runs an algorithm as `workerCount` workers one after the other, in NaN-poisoned memory.
  ///
  /// The bound of each output comes from `bound(index of the output, magnitude)`. Another kernel
  /// than the oracle's can be given. Where the weights of padded channels are left as they are, the
  /// memory that weights are packed into holds zeros as a plan's does, not NaN.
  func run(
    _ algorithm: some ConvolutionAlgorithm, kernel: [Float]? = nil, packsIntoZeros: Bool = false,
    workerCount: Int = 1, bound: (Int, Double) -> Double
  ) -> Outcome {
    let source = GuardedBuffer(self.source)
    let destination = GuardedBuffer(epilogue.accumulates ? previous : poisonedDestination())
    let packed = GuardedBuffer(count: algorithm.packedElementCount)
    if packsIntoZeros { packed.start.update(repeating: 0, count: packed.count) }
    let bias = GuardedBuffer(self.bias)
    algorithm.pack(kernel ?? self.kernel, into: packed.start)
    var outcome = Outcome()
    for worker in 0..<workerCount {
      let scratch = GuardedBuffer(
        count: algorithm.scratchElementCount(workerCount: workerCount))
      algorithm.run(
        ConvolutionOperands(
          source: source.start, destination: destination.start, weights: packed.start,
          bias: bias.start, scratch: scratch.start, worker: worker, workerCount: workerCount))
      outcome.intact = outcome.intact && scratch.guardsAreIntact
    }
    outcome.intact =
      outcome.intact && destination.guardsAreIntact && packed.guardsAreIntact
      && packed.elements.allSatisfy { !$0.isNaN }
    outcome.values = destination.elements
    compare(&outcome, bound: bound)
    return outcome
  }

  private func compare(_ outcome: inout Outcome, bound: (Int, Double) -> Double) {
    let layout = shape.destination
    var isInterior = [Bool](repeating: false, count: layout.elementCount)
    var index = 0
    var difference = 0.0
    var norm = 0.0
    for image in 0..<layout.batch {
      for y in 0..<layout.height {
        for x in 0..<layout.width {
          let pixel = layout.offset(image: image, y: y, x: x)
          for channel in 0..<layout.pixelStride {
            isInterior[pixel + channel] = true
            let value = Double(outcome.values[pixel + channel])
            guard channel < layout.channels else {
              outcome.intact = outcome.intact && value == 0
              continue
            }
            let error = value - expected.values[index]
            let ratio = abs(error) / bound(index, expected.magnitudes[index])
            outcome.worst = ratio.isNaN ? .infinity : max(outcome.worst, ratio)
            difference += error * error
            norm += expected.values[index] * expected.values[index]
            index += 1
          }
        }
      }
    }
    outcome.relativeL2 = (difference / norm).squareRoot()
    // The border is as it was: zero.
    for place in outcome.values.indices where !isInterior[place] {
      outcome.intact = outcome.intact && outcome.values[place] == 0
    }
  }

  private func poisonedDestination() -> [Float] {
    var elements = [Float](repeating: 0, count: shape.destination.elementCount)
    let layout = shape.destination
    for image in 0..<layout.batch {
      for y in 0..<layout.height {
        let row = layout.offset(image: image, y: y, x: 0)
        for place in row..<row + layout.width * layout.pixelStride { elements[place] = .nan }
      }
    }
    return elements
  }
}
