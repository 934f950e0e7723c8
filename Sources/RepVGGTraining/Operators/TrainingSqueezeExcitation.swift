/// Squeeze-and-excitation: every channel times a gate made from the image's channel means.
///
/// mean -> linear down -> ReLU -> linear up -> sigmoid -> multiply, with a ReLU after it where
/// the block has one there. The mean is over the whole image, whatever its shape.
package final class TrainingSqueezeExcitation<Scalar: TrainingScalar> {
  package typealias Source = UnsafePointer<Scalar>
  package typealias Target = UnsafeMutablePointer<Scalar>

  private let batch: Int
  private let pixels: Int
  private let channels: Int
  private let down: TrainingLinear<Scalar>
  private let up: TrainingLinear<Scalar>
  private let appliesReLU: Bool
  private let threads: TrainingThreads
  private let pool: TrainingAveragePool<Scalar>
  private let means: ScalarBuffer<Scalar>
  private let hidden: ScalarBuffer<Scalar>
  private let gate: ScalarBuffer<Scalar>
  private let gateGradient: ScalarBuffer<Scalar>
  private let hiddenGradient: ScalarBuffer<Scalar>
  private let meanGradient: ScalarBuffer<Scalar>
  private let sums: ScalarBuffer<Double>

  /// A gate over images of `pixels` pixels of `channels`, through `reducedChannels`.
  package init(
    batch: Int, pixels: Int, channels: Int, reducedChannels: Int, down: LinearSlots<Scalar>,
    up: LinearSlots<Scalar>, appliesReLU: Bool, threads: TrainingThreads
  ) throws {
    self.batch = batch
    self.pixels = pixels
    self.channels = channels
    self.down = TrainingLinear(rows: batch, inputs: channels, outputs: reducedChannels, slots: down)
    self.up = TrainingLinear(rows: batch, inputs: reducedChannels, outputs: channels, slots: up)
    self.appliesReLU = appliesReLU
    self.threads = threads
    pool = try TrainingAveragePool(
      batch: batch, pixels: pixels, channels: channels, threads: threads)
    means = try ScalarBuffer(count: batch * channels)
    hidden = try ScalarBuffer(count: batch * reducedChannels)
    gate = try ScalarBuffer(count: batch * channels)
    gateGradient = try ScalarBuffer(count: batch * channels)
    hiddenGradient = try ScalarBuffer(count: batch * reducedChannels)
    meanGradient = try ScalarBuffer(count: batch * channels)
    sums = try ScalarBuffer(count: 2 * batch * channels)
  }

  /// `y = [relu](x * gate)`.
  package func forward(x: Target, y: Target) {
    pool.forward(x: x, y: means.base)
    down.forward(x: means.base, y: hidden.base)
    Scalar.kernels.relu(hidden.count, hidden.base, hidden.base)
    up.forward(x: hidden.base, y: gate.base)
    Scalar.kernels.sigmoid(gate.count, gate.base)
    reapply(x: x, y: y)
  }

  /// The same result again, from the gate of the last forward pass.
  package func reapply(x: Source, y: Target) {
    threads.split(batch) { _, images in
      for image in images {
        let offset = image * pixels * channels
        withPointers([x + offset], [Source(gate.base + image * channels)]) { x, gate in
          Scalar.kernels.affineSum(
            pixels, channels, 1, x, gate, nil, appliesReLU ? 1 : 0, y + offset)
        }
      }
    }
  }

  /// The gradients of the two layers and of the input; `dy` is masked in place, and may be `dx`.
  package func backward(x: Source, dy: Target, dx: Target) {
    sums.clear()
    threads.split(batch) { _, images in
      for image in images {
        let offset = image * pixels * channels
        let gates = Source(gate.base + image * channels)
        let products = sums.base + (batch + image) * channels
        withPointers([x + offset], [gates]) { x, gates in
          Scalar.kernels.affineSumBackward(
            pixels, channels, 1, x, gates, nil, nil, appliesReLU ? 1 : 0, dy + offset,
            sums.base + image * channels, products)
        }
      }
    }
    for index in 0..<batch * channels {
      let value = gate.base[index]
      gateGradient.base[index] =
        Scalar(sums.base[batch * channels + index]) * value * (1 - value)
    }
    up.backward(x: hidden.base, dy: gateGradient.base, dx: hiddenGradient.base)
    Scalar.kernels.reluBackward(hidden.count, hidden.base, hiddenGradient.base)
    down.backward(x: means.base, dy: hiddenGradient.base, dx: meanGradient.base)
    Scalar.kernels.scale(meanGradient.count, 1 / Scalar(pixels), meanGradient.base)
    threads.split(batch) { _, images in
      for image in images {
        let offset = image * pixels * channels
        Scalar.kernels.affine(
          pixels, channels, dy + offset, gate.base + image * channels,
          meanGradient.base + image * channels, 0, dx + offset)
      }
    }
  }
}
