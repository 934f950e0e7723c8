import CKernels

/// `y = act(W x + b)` for a batch of vectors: the head, and the two layers of a gate.
///
/// Weights are packed in panels of output rows, so that a batch of one reads them in order and
/// fetches packed weights ahead as convolutions do.
///
/// Reads the vectors x, writes the vectors y.
struct LinearStep: StepKernel {
  let batch: Int
  let map: PackedLinear
  /// Floats from one vector to the next.
  let sourcePitch: Int
  let destinationPitch: Int
  /// What follows the sum.
  let activation: Network.Activation?

  func run(_ frame: Frame) {
    let target = frame.floats(written: 0)
    for panel in frame.share(of: map.panelCount) {
      map.run(
        panel: panel, vectors: frame.floats(read: 0), vectorPitch: sourcePitch,
        weights: frame.floatWeights, destination: target, destinationPitch: destinationPitch,
        batch: batch, appliesReLU: activation == .relu)
      guard let activation, activation != .relu else { continue }
      for image in 0..<batch {
        for output in map.outputs(of: panel) {
          let place = target + image * destinationPitch + output
          place.pointee = activation(place.pointee)
        }
      }
    }
  }
}

/// A matrix packed in panels of outputs: `[panel][input][panel width]`, then the bias.
struct PackedLinear: Sendable {
  let inputCount: Int
  let outputCount: Int
  private let kernels: Kernels
  private let panelWidth: Int

  init(inputCount: Int, outputCount: Int, kernels: Kernels) {
    self.inputCount = inputCount
    self.outputCount = outputCount
    self.kernels = kernels
    panelWidth = kernels.panelWidth(forChannels: outputCount)
  }

  var panelCount: Int { outputCount.dividedRoundingUp(by: panelWidth) }
  var packedElementCount: Int { panelCount * panelWidth * (inputCount + 1) }

  func outputs(of panel: Int) -> Range<Int> {
    panel * panelWidth..<min(outputCount, (panel + 1) * panelWidth)
  }

  /// Packs `[outputs, inputs]` row-major and maybe `[outputs]`; the memory is zeroed.
  func pack(_ matrix: [Float], bias: [Float]?, into packed: UnsafeMutablePointer<Float>) {
    for panel in 0..<panelCount {
      let base = packed + panel * panelWidth * inputCount
      let outputs = outputs(of: panel)
      for output in outputs {
        let column = base + (output - outputs.lowerBound)
        for input in 0..<inputCount {
          column[input * panelWidth] = matrix[output * inputCount + input]
        }
      }
    }
    guard let bias else { return }
    (packed + panelCount * panelWidth * inputCount).update(from: bias, count: outputCount)
  }

  /// Computes one panel of outputs for every vector of a batch.
  func run(
    panel: Int, vectors: UnsafePointer<Float>, vectorPitch: Int, weights: UnsafePointer<Float>,
    destination: UnsafeMutablePointer<Float>, destinationPitch: Int, batch: Int, appliesReLU: Bool
  ) {
    let outputs = outputs(of: panel)
    var offset = 0
    withUnsafePointer(to: &offset) { offset in
      var task = rvgk_gemm_task(
        a: vectors, a_row_stride: vectorPitch, a_line_stride: 0, a_image_stride: 0,
        tap_offsets: offset, tap_count: 1, depth: Int32(inputCount),
        b: weights + panel * panelWidth * inputCount, panel_width: Int32(panelWidth),
        columns: Int32(outputs.count), rows: Int32(batch), line_count: 1, first_line: 0,
        lines_per_image: 1, init: nil, init_row_stride: 0, init_line_stride: 0,
        init_image_stride: 0, c: destination + outputs.lowerBound,
        c_row_stride: destinationPitch, c_line_stride: 0, c_image_stride: 0,
        bias: weights + panelCount * panelWidth * inputCount + outputs.lowerBound, identity: nil,
        identity_scale: nil, activation: appliesReLU ? rvgk_relu() : nil,
        prefetch_distance_bytes: Kernels.prefetchDistanceByteCount)
      kernels.table.pointee.gemm(&task)
    }
  }
}
