import CKernels

extension DirectConvolution {
  package func run(_ operands: ConvolutionOperands) {
    let isFlat = Self.isFlat(shape)
    let (batch, height, width) = (
      shape.destination.batch, shape.destination.height, shape.destination.width
    )
    // Pixels in a line go in whole register blocks, lines as they are.
    let rowBlock = isFlat ? kernels.blockRowCount(panelWidth: method.panelWidth) : 1
    let count = isFlat ? batch * height * width : batch * height
    let blocks =
      method.split == .pixels
      ? workerShare(
        count.dividedRoundingUp(by: rowBlock), worker: operands.worker,
        count: operands.workerCount)
      : 0..<count.dividedRoundingUp(by: rowBlock)
    let lines = blocks.lowerBound * rowBlock..<min(count, blocks.upperBound * rowBlock)
    let chunk = isFlat ? method.linesPerChunk * width : method.linesPerChunk
    let own =
      method.split == .pixels
      ? panels.indices
      : workerShare(panels.count, worker: operands.worker, count: operands.workerCount)
    segmentOffsets.withUnsafeBufferPointer { offsets in
      panels.withUnsafeBufferPointer { panels in
        guard let offsets = offsets.baseAddress else { return }
        var first = lines.lowerBound
        while first < lines.upperBound {
          let count = min(chunk, lines.upperBound - first)
          for index in own {
            let task =
              isFlat
              ? pixelTask(panels[index], first..<first + count, offsets, operands)
              : lineTask(panels[index], first..<first + count, offsets, operands)
            if partsPerSegment == 0 {
              runWhole(task, panels[index], operands)
            } else {
              runBlocks(task, panels[index], operands)
            }
          }
          first += count
        }
      }
    }
  }

  /// All taps in one call, straight into the destination.
  private func runWhole(
    _ whole: rvgk_gemm_task, _ panel: OutputPanel, _ operands: ConvolutionOperands
  ) {
    var task = whole
    task.tap_count = Int32(segmentOffsets.count)
    task.depth = Int32(segmentDepth)
    start(&task, operands)
    finish(&task, panel, operands)
    kernels.table.pointee.gemm(&task)
  }

  /// Block by block, sums held in scratch: at the destination's stride they would compete for
  /// few cache sets.
  private func runBlocks(
    _ whole: rvgk_gemm_task, _ panel: OutputPanel, _ operands: ConvolutionOperands
  ) {
    let width = Int(whole.rows)
    let height = Int(whole.lines_per_image)
    let segmentCount = segmentOffsets.count
    let weights = operands.weights + depth * panel.widthBefore
    for segment in 0..<segmentCount {
      for part in 0..<partsPerSegment {
        let range = workerShare(segmentDepth, worker: part, count: partsPerSegment)
        let isFirst = segment == 0 && part == 0
        let isLast = segment == segmentCount - 1 && part == partsPerSegment - 1
        var task = whole
        task.a = whole.a + range.lowerBound
        task.tap_offsets = whole.tap_offsets + segment
        task.depth = Int32(range.count)
        task.b = weights + (segment * segmentDepth + range.lowerBound) * panel.width
        if isFirst {
          start(&task, operands)
        } else {
          task.`init` = UnsafePointer(operands.scratch)
          task.init_row_stride = panel.width
          task.init_line_stride = width * panel.width
          task.init_image_stride = height * width * panel.width
          task.bias = nil
        }
        if isLast {
          finish(&task, panel, operands)
        } else {
          task.c = operands.scratch
          task.c_row_stride = panel.width
          task.c_line_stride = width * panel.width
          task.c_image_stride = height * width * panel.width
        }
        kernels.table.pointee.gemm(&task)
      }
    }
  }

  /// A call over some output lines that writes the destination, without epilogue.
  @inline(__always)
  private func lineTask(
    _ panel: OutputPanel, _ lines: Range<Int>, _ offsets: UnsafePointer<Int>,
    _ operands: ConvolutionOperands
  ) -> rvgk_gemm_task {
    let (source, output, stride) = (shape.source, shape.destination, shape.stride)
    let (image, line) = lines.lowerBound.quotientAndRemainder(dividingBy: output.height)
    var task = task(panel, offsets, operands)
    task.a +=
      image * source.imageStride + shape.sourceOrigin + line * stride.height * source.rowStride
    task.a_line_stride = stride.height * source.rowStride
    task.a_image_stride = source.imageStride
    task.rows = Int32(output.width)
    task.line_count = Int32(lines.count)
    task.first_line = Int32(line)
    task.lines_per_image = Int32(output.height)
    task.c += output.offset(image: image, y: line, x: 0)
    task.c_line_stride = output.rowStride
    task.c_image_stride = output.imageStride
    return task
  }

  /// A call over some of all pixels, which follow each other, as one line.
  @inline(__always)
  private func pixelTask(
    _ panel: OutputPanel, _ pixels: Range<Int>, _ offsets: UnsafePointer<Int>,
    _ operands: ConvolutionOperands
  ) -> rvgk_gemm_task {
    var task = task(panel, offsets, operands)
    task.a += pixels.lowerBound * shape.source.pixelStride
    task.c += pixels.lowerBound * shape.destination.pixelStride
    task.rows = Int32(pixels.count)
    return task
  }

  /// A call of one line, without epilogue, from the first pixels on.
  @inline(__always)
  private func task(
    _ panel: OutputPanel, _ offsets: UnsafePointer<Int>, _ operands: ConvolutionOperands
  ) -> rvgk_gemm_task {
    rvgk_gemm_task(
      a: operands.source + panel.group * shape.inputChannelsPerGroup,
      a_row_stride: shape.stride.width * shape.source.pixelStride, a_line_stride: 0,
      a_image_stride: 0, tap_offsets: offsets, tap_count: 1, depth: 0,
      b: operands.weights + depth * panel.widthBefore, panel_width: Int32(panel.width),
      columns: Int32(panel.columnCount), rows: 0, line_count: 1, first_line: 0,
      lines_per_image: 1, init: nil, init_row_stride: 0, init_line_stride: 0,
      init_image_stride: 0, c: operands.destination + panel.firstChannel,
      c_row_stride: shape.destination.pixelStride, c_line_stride: 0, c_image_stride: 0,
      bias: operands.bias + panel.firstChannel, identity: nil, identity_scale: nil,
      activation: nil, prefetch_distance_bytes: method.prefetchDistanceByteCount)
  }

  /// What the sums begin with: a value of the destination's layout, where one is added.
  @inline(__always)
  private func start(_ task: inout rvgk_gemm_task, _ operands: ConvolutionOperands) {
    guard epilogue.accumulates else { return }
    task.`init` = operands.addend + (UnsafePointer(task.c) - UnsafePointer(operands.destination))
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
        operands.bias + shape.destination.storedChannels + panel.firstChannel
    }
    task.activation = activation?.address
  }
}
