import CKernels

extension DirectConvolution {
  package func run(_ operands: ConvolutionOperands) {
    let lineCount = shape.destination.batch * shape.destination.height
    let lines =
      method.split == .pixels
      ? workerShare(lineCount, worker: operands.worker, count: operands.workerCount)
      : 0..<lineCount
    let own =
      method.split == .pixels
      ? panels.indices
      : workerShare(panels.count, worker: operands.worker, count: operands.workerCount)
    segmentOffsets.withUnsafeBufferPointer { offsets in
      panels.withUnsafeBufferPointer { panels in
        guard let offsets = offsets.baseAddress else { return }
        var first = lines.lowerBound
        while first < lines.upperBound {
          let count = min(method.linesPerChunk, lines.upperBound - first)
          for index in own {
            if partsPerSegment == 0 {
              runWhole(panels[index], firstLine: first, lineCount: count, offsets, operands)
            } else {
              runBlocks(panels[index], firstLine: first, lineCount: count, offsets, operands)
            }
          }
          first += count
        }
      }
    }
  }

  /// All taps in one call, straight into the destination.
  private func runWhole(
    _ panel: OutputPanel, firstLine: Int, lineCount: Int, _ offsets: UnsafePointer<Int>,
    _ operands: ConvolutionOperands
  ) {
    var task = task(panel, firstLine: firstLine, lineCount: lineCount, offsets, operands)
    task.tap_count = Int32(segmentOffsets.count)
    task.depth = Int32(segmentDepth)
    start(&task)
    finish(&task, panel, operands)
    kernels.table.pointee.gemm(&task)
  }

  /// Block by block, sums held in scratch: at the destination's stride they would compete for
  /// few cache sets.
  private func runBlocks(
    _ panel: OutputPanel, firstLine: Int, lineCount: Int, _ offsets: UnsafePointer<Int>,
    _ operands: ConvolutionOperands
  ) {
    let width = shape.destination.width
    let segmentCount = segmentOffsets.count
    let weights = operands.weights + depth * panel.widthBefore
    let whole = task(panel, firstLine: firstLine, lineCount: lineCount, offsets, operands)
    for segment in 0..<segmentCount {
      for part in 0..<partsPerSegment {
        let range = workerShare(segmentDepth, worker: part, count: partsPerSegment)
        let isFirst = segment == 0 && part == 0
        let isLast = segment == segmentCount - 1 && part == partsPerSegment - 1
        var task = whole
        task.a = whole.a + range.lowerBound
        task.tap_offsets = offsets + segment
        task.depth = Int32(range.count)
        task.b = weights + (segment * segmentDepth + range.lowerBound) * panel.width
        if isFirst {
          start(&task)
        } else {
          task.`init` = UnsafePointer(operands.scratch)
          task.init_row_stride = panel.width
          task.init_line_stride = width * panel.width
          task.init_image_stride = shape.destination.height * width * panel.width
          task.bias = nil
        }
        if isLast {
          finish(&task, panel, operands)
        } else {
          task.c = operands.scratch
          task.c_row_stride = panel.width
          task.c_line_stride = width * panel.width
          task.c_image_stride = shape.destination.height * width * panel.width
        }
        kernels.table.pointee.gemm(&task)
      }
    }
  }

  /// A call over some output lines that writes the destination, without epilogue.
  @inline(__always)
  private func task(
    _ panel: OutputPanel, firstLine: Int, lineCount: Int, _ offsets: UnsafePointer<Int>,
    _ operands: ConvolutionOperands
  ) -> rvgk_gemm_task {
    let (source, output) = (shape.source, shape.destination)
    let (image, line) = firstLine.quotientAndRemainder(dividingBy: output.height)
    let from =
      image * source.imageStride + line * shape.stride * source.rowStride
      + panel.group * shape.inputChannelsPerGroup
    return rvgk_gemm_task(
      a: operands.source + from, a_row_stride: shape.stride * source.pixelStride,
      a_line_stride: shape.stride * source.rowStride, a_image_stride: source.imageStride,
      tap_offsets: offsets, tap_count: 1, depth: 0,
      b: operands.weights + depth * panel.widthBefore, panel_width: Int32(panel.width),
      columns: Int32(panel.columnCount), rows: Int32(output.width), line_count: Int32(lineCount),
      first_line: Int32(line), lines_per_image: Int32(output.height), init: nil,
      init_row_stride: 0, init_line_stride: 0, init_image_stride: 0,
      c: operands.destination + output.offset(image: image, y: line, x: 0) + panel.firstChannel,
      c_row_stride: output.pixelStride, c_line_stride: output.rowStride,
      c_image_stride: output.imageStride, bias: operands.bias + panel.firstChannel, identity: nil,
      identity_scale: nil, activation: nil,
      prefetch_distance_bytes: method.prefetchDistanceByteCount)
  }

  /// What the sums begin with: the destination, where a branch is accumulated.
  @inline(__always)
  private func start(_ task: inout rvgk_gemm_task) {
    guard epilogue.accumulates else { return }
    task.`init` = UnsafePointer(task.c)
    task.init_row_stride = task.c_row_stride
    task.init_line_stride = task.c_line_stride
    task.init_image_stride = task.c_image_stride
  }

  /// What the sums end with.
  @inline(__always)
  private func finish(
    _ task: inout rvgk_gemm_task, _ panel: OutputPanel, _ operands: ConvolutionOperands
  ) {
    if epilogue.addsScaledIdentity {
      // The source has the layout of the destination.
      task.identity =
        operands.source + (UnsafePointer(task.c) - UnsafePointer(operands.destination))
      task.identity_scale =
        operands.bias + shape.destination.pixelStride + panel.firstChannel
    }
    task.activation = epilogue.appliesReLU ? rvgk_relu() : nil
  }
}
