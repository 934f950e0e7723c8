/// The mean over all pixels of an image: NHWC in, `[batch, channels]` out.
package struct TrainingAveragePool<Scalar: TrainingScalar> {
  package typealias Source = UnsafePointer<Scalar>
  package typealias Target = UnsafeMutablePointer<Scalar>

  private let batch: Int
  private let pixels: Int
  private let channels: Int
  private let threads: TrainingThreads
  private let sums: ScalarBuffer<Double>

  /// A pool over images of `pixels` pixels.
  package init(batch: Int, pixels: Int, channels: Int, threads: TrainingThreads) throws {
    self.batch = batch
    self.pixels = pixels
    self.channels = channels
    self.threads = threads
    sums = try ScalarBuffer(count: batch * channels)
  }

  /// `y[n, c]` = the mean of `x[n, :, c]`.
  package func forward(x: Target, y: Target) {
    sums.clear()
    threads.split(batch) { _, images in
      for image in images {
        let sum = sums.base + image * channels
        // No ReLU, so the kernel only reads x.
        Scalar.kernels.affineSumBackward(
          pixels, channels, 0, nil, nil, nil, nil, 0, x + image * pixels * channels, sum, nil)
        for channel in 0..<channels {
          y[image * channels + channel] = Scalar(sum[channel] / Double(pixels))
        }
      }
    }
  }

  /// `dx[n, :, c] = dy[n, c] / pixels`.
  package func backward(dy: Source, dx: Target) {
    threads.split(batch) { _, images in
      for image in images {
        let first = dx + image * pixels * channels
        for channel in 0..<channels {
          first[channel] = dy[image * channels + channel] / Scalar(pixels)
        }
        for pixel in 1..<max(pixels, 1) {
          (first + pixel * channels).update(from: first, count: channels)
        }
      }
    }
  }
}
