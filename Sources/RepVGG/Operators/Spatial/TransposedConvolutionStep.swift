import CKernels

/// The transposed convolution of images.
///
/// Outputs that are a stride apart are an ordinary convolution by every stride-th pixel of the kernel:
/// a GEMM for every residue of rows and columns, whose results are stored a stride apart.
struct PlannedTransposedConvolution: PlannedOperation {
  /// `[input channels, output channels / groups, height, width]`.
  let kernel: Tensor
  let bias: Tensor?
  let groups: Int
  let stride: Size2D
  /// Rows and columns that are cut off above and to the left.
  let cut: Size2D
  let algorithm = "transposed"

  var kernelSize: Size2D { Size2D(height: kernel.shape[2], width: kernel.shape[3]) }

  /// Pixels around the source that the last kernel rows and columns reach.
  func borderNeeded(_ source: ActivationLayout, _ result: ActivationLayout) -> Int {
    func reach(_ kernel: Int, _ stride: Int, _ cut: Int, _ size: Int, _ outputs: Int) -> Int {
      // Of the first and of the last output.
      let before = (kernel - 1) / stride - cut / stride
      let after = (outputs - 1 + cut) / stride - (size - 1)
      return max(before, after, 0)
    }
    return max(
      reach(kernelSize.height, stride.height, cut.height, source.height, result.height),
      reach(kernelSize.width, stride.width, cut.width, source.width, result.width))
  }

  func planned(
    _ reads: [StoredTensor], _ result: StoredTensor, _ kernels: Kernels
  ) throws(RepVGGError) -> PlannedStep {
    let (source, destination) = (reads[0].layout, result.layout)
    let limit = Int(Int32.max)
    guard source.imageStride <= limit, destination.imageStride <= limit else {
      throw RepVGGError(.unsupported, "the activation is too large for 32-bit counts")
    }
    // A shape of one pixel covers the output channels by panels.
    let shape = ConvolutionShape(
      source: source, destination: destination, kernelSize: kernelSize, stride: 1, padding: 0,
      groups: groups)
    let panels = OutputPanel.cover(
      shape, panelWidth: kernels.panelWidth(forChannels: shape.outputChannelsPerGroup),
      panelStep: kernels.panelStep)
    let step = TransposedConvolutionStep(
      source: source, destination: destination, kernels: kernels, panels: panels,
      inputsPerGroup: shape.inputChannelsPerGroup, stride: stride, cut: cut,
      rows: Residue.all(kernelSize.height, stride.height),
      columns: Residue.all(kernelSize.width, stride.width), rowStride: source.rowStride,
      pixelStride: source.pixelStride)
    let packer = TransposedPacker(
      step: step, kernel: kernel, bias: bias, kernelSize: kernelSize)
    return PlannedStep(
      kernel: step,
      multiplicationCount: source.batch * source.height * source.width * kernel.count,
      weightCount: step.weightCount, pack: packer.pack)
  }

  /// The kernel's rows, or columns, that outputs of one residue are computed from.
  struct Residue: Sendable {
    /// Number of pixels of the kernel: every stride-th from the residue on.
    let count: Int
    /// Pixels of the residues before.
    let countBefore: Int

    static func all(_ kernel: Int, _ stride: Int) -> [Residue] {
      var residues: [Residue] = []
      var before = 0
      for residue in 0..<stride {
        let count = residue < kernel ? (kernel - 1 - residue) / stride + 1 : 0
        residues.append(Residue(count: count, countBefore: before))
        before += count
      }
      return residues
    }
  }
}

/// Packs `[row residue][column residue][panel][tap][input channel][panel width]`, then the bias.
private struct TransposedPacker: Sendable {
  let step: TransposedConvolutionStep
  let kernel: Tensor
  let bias: Tensor?
  let kernelSize: Size2D

  func pack(_ memory: UnsafeMutablePointer<Float>) throws(RepVGGError) {
    let weights = try kernel.finiteFloats()
    let taps = kernelSize.height * kernelSize.width
    let inputs = step.inputsPerGroup
    let outputsPerGroup = kernel.shape[1]
    for (residueY, rows) in step.rows.enumerated() {
      for (residueX, columns) in step.columns.enumerated() {
        for panel in step.panels {
          var next = memory + step.weightOffset(residueY, residueX, panel)
          for down in 0..<rows.count {
            for across in 0..<columns.count {
              let tap =
                (residueY + down * step.stride.height) * kernelSize.width + residueX
                + across * step.stride.width
              for input in 0..<inputs {
                for column in 0..<panel.channelCount {
                  let output = panel.firstChannel + column - panel.group * outputsPerGroup
                  next[column] =
                    weights[
                      ((panel.group * inputs + input) * outputsPerGroup + output) * taps + tap]
                }
                next += panel.width
              }
            }
          }
        }
      }
    }
    if let bias {
      let values = try bias.finiteFloats()
      (memory + step.biasOffset).update(from: values, count: values.count)
    }
  }
}

/// Reads an image, writes one.
///
/// Workers split the rows of the result.
struct TransposedConvolutionStep: StepKernel {
  let source: ActivationLayout
  let destination: ActivationLayout
  let kernels: Kernels
  let panels: [OutputPanel]
  let inputsPerGroup: Int
  let stride: Size2D
  let cut: Size2D
  let rows: [PlannedTransposedConvolution.Residue]
  let columns: [PlannedTransposedConvolution.Residue]
  /// Of every pixel of the kernel, residue by residue, where it reads relative to the first.
  private let offsets: [Int]

  init(
    source: ActivationLayout, destination: ActivationLayout, kernels: Kernels,
    panels: [OutputPanel], inputsPerGroup: Int, stride: Size2D, cut: Size2D,
    rows: [PlannedTransposedConvolution.Residue],
    columns: [PlannedTransposedConvolution.Residue], rowStride: Int, pixelStride: Int
  ) {
    self.source = source
    self.destination = destination
    self.kernels = kernels
    self.panels = panels
    self.inputsPerGroup = inputsPerGroup
    self.stride = stride
    self.cut = cut
    self.rows = rows
    self.columns = columns
    var offsets: [Int] = []
    for row in rows {
      for column in columns {
        for down in 0..<row.count {
          for across in 0..<column.count {
            offsets.append(-down * rowStride - across * pixelStride)
          }
        }
      }
    }
    self.offsets = offsets
  }

  private var packedWidth: Int { panels.last.map { $0.widthBefore + $0.width } ?? 0 }

  /// Pixels of the kernel of the residues before two.
  private func tapsBefore(_ y: Int, _ x: Int) -> Int {
    let columnCount = columns.reduce(0) { $0 + $1.count }
    return rows[y].countBefore * columnCount + rows[y].count * columns[x].countBefore
  }

  func weightOffset(_ y: Int, _ x: Int, _ panel: OutputPanel) -> Int {
    (tapsBefore(y, x) * packedWidth + rows[y].count * columns[x].count * panel.widthBefore)
      * inputsPerGroup
  }

  var biasOffset: Int { (offsets.count * packedWidth * inputsPerGroup).roundedUp(to: 16) }
  var weightCount: Int { biasOffset + destination.storedChannels }

  func run(_ frame: Frame) {
    offsets.withUnsafeBufferPointer { offsets in
      // Without a pixel of the kernel nothing is read, but there is an address.
      withUnsafePointer(to: 0) { none in
        run(frame, offsets.baseAddress ?? none)
      }
    }
  }

  private func run(_ frame: Frame, _ offsets: UnsafePointer<Int>) {
    for row in frame.share(of: destination.batch * destination.height) {
      let (image, y) = row.quotientAndRemainder(dividingBy: destination.height)
      let (sourceRow, residueY) = (y + cut.height).quotientAndRemainder(
        dividingBy: stride.height)
      for residueX in 0..<stride.width {
        // The first output of the residue.
        let x = (residueX - cut.width % stride.width + stride.width) % stride.width
        guard x < destination.width else { continue }
        let sourceColumn = (x + cut.width) / stride.width
        let taps = rows[residueY].count * columns[residueX].count
        for panel in panels {
          var task = rvgk_gemm_task(
            a: frame.floats(read: 0)
              + source.offset(image: image, y: sourceRow, x: sourceColumn)
              + panel.group * inputsPerGroup,
            a_row_stride: source.pixelStride, a_line_stride: 0, a_image_stride: 0,
            tap_offsets: offsets
              + min(tapsBefore(residueY, residueX), max(0, self.offsets.count - 1)),
            tap_count: Int32(taps), depth: Int32(inputsPerGroup),
            b: frame.floatWeights + weightOffset(residueY, residueX, panel),
            panel_width: Int32(panel.width), columns: Int32(panel.columnCount),
            rows: Int32((destination.width - 1 - x) / stride.width + 1), line_count: 1,
            first_line: 0, lines_per_image: 1, init: nil, init_row_stride: 0,
            init_line_stride: 0, init_image_stride: 0,
            c: frame.floats(written: 0) + destination.offset(image: image, y: y, x: x)
              + panel.firstChannel,
            c_row_stride: stride.width * destination.pixelStride, c_line_stride: 0,
            c_image_stride: 0, bias: frame.floatWeights + biasOffset + panel.firstChannel,
            identity: nil, identity_scale: nil, activation: nil, prefetch_distance_bytes: 0)
          kernels.table.pointee.gemm(&task)
        }
      }
    }
  }
}

extension TransposedConvolutionOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard let input = inputs.first ?? nil, shape.count == 4, inputs.count > 1,
      let kernel = inputs[1]?.constant, kernel.shape.count == 4
    else {
      throw RepVGGError(
        .unsupported, "plans run transposed convolutions of images by constant kernels only")
    }
    var bias: Tensor?
    if inputs.count > 2, let given = inputs[2] {
      guard let constant = given.constant, constant.count == shape[1] else {
        throw RepVGGError(
          .unsupported, "plans run transposed convolutions with constant biases only")
      }
      bias = constant
    }
    let window = try window.complete(rank: 2, kernel: Array(kernel.shape[2...]), for: self)
    guard window.dilations == [1, 1],
      (window.kernel + window.strides).allSatisfy({ $0 <= ConvolutionGeometry.kernelSideLimit })
    else {
      throw RepVGGError(
        .unsupported, "plans do not run transposed convolutions with dilation or large kernels")
    }
    return LoweredOperation(
      PlannedTransposedConvolution(
        kernel: kernel, bias: bias, groups: groupCount,
        stride: Size2D(height: window.strides[0], width: window.strides[1]),
        cut: Size2D(
          height: try place(window, 0, input.shape[2]).before,
          width: try place(window, 1, input.shape[3]).before)),
      reads: [(0, .image)], storage: .image)
  }
}
