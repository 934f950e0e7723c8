/// Where a per-channel scale is stored; a constant one has no gradient.
package struct ScaleSlots<Scalar: TrainingScalar> {
  package var scale: UnsafeMutablePointer<Scalar>
  package var gradient: UnsafeMutablePointer<Scalar>?

  package init(
    scale: UnsafeMutablePointer<Scalar>,
    gradient: UnsafeMutablePointer<Scalar>?
  ) {
    self.scale = scale
    self.gradient = gradient
  }
}

/// The sum of up to three branches, each times a scale per channel: RepOpt's linear addition.
package final class ScaledSum<Scalar: TrainingScalar> {
  package typealias Source = UnsafePointer<Scalar>
  package typealias Target = UnsafeMutablePointer<Scalar>

  private let rows: Int
  private let channels: Int
  private let branches: [ScaleSlots<Scalar>]
  private let threads: TrainingThreads
  private let zeros: ScalarBuffer<Scalar>
  private let partials: ScalarBuffer<Double>

  private static var rowGrain: Int { 64 }

  /// A sum over `rows` pixels of `channels`.
  package init(
    rows: Int, channels: Int, branches: [ScaleSlots<Scalar>], threads: TrainingThreads
  ) throws {
    self.rows = rows
    self.channels = channels
    self.branches = branches
    self.threads = threads
    zeros = try ScalarBuffer(count: channels)
    partials = try ScalarBuffer(count: threads.count * (branches.count + 1) * channels)
  }

  /// `y = sum of scale * input`.
  package func forward(_ inputs: [Source], y: Target) {
    threads.split(rows, grain: Self.rowGrain) { _, range in
      let offset = range.lowerBound * channels
      withPointers(inputs.map { $0 + offset }, scales) { inputs, scales in
        Scalar.kernels.affineSum(
          range.count, channels, branches.count, inputs, scales, nil, 0, y + offset)
      }
    }
  }

  /// The gradients of scales and inputs; an output may be its own input's memory.
  package func backward(_ inputs: [Source], dy: Target, outputs: [Target?]) {
    if branches.contains(where: { $0.gradient != nil }) { sumGradients(inputs, dy) }
    threads.split(rows, grain: Self.rowGrain) { _, range in
      let offset = range.lowerBound * channels
      for (branch, output) in outputs.enumerated() {
        guard let output else { continue }
        Scalar.kernels.affine(
          range.count, channels, dy + offset, branches[branch].scale, zeros.base, 0,
          output + offset)
      }
    }
  }

  private func sumGradients(_ inputs: [Source], _ dy: Target) {
    let width = (branches.count + 1) * channels
    partials.clear()
    threads.split(rows, grain: Self.rowGrain) { worker, range in
      let offset = range.lowerBound * channels
      let sums = partials.base + worker * width
      withPointers(inputs.map { $0 + offset }, scales) { inputs, scales in
        Scalar.kernels.affineSumBackward(
          range.count, channels, branches.count, inputs, scales, nil, nil, 0, dy + offset, sums,
          sums + channels)
      }
    }
    for (branch, slots) in branches.enumerated() {
      guard let gradient = slots.gradient else { continue }
      for channel in 0..<channels {
        var sum = 0.0
        for worker in 0..<threads.count {
          sum += partials.base[worker * width + (branch + 1) * channels + channel]
        }
        gradient[channel] = Scalar(sum)
      }
    }
  }

  private var scales: [Source] { branches.map { Source($0.scale) } }
}
