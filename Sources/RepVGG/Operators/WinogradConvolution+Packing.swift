import CKernels

extension WinogradConvolution {
  package func pack(_ kernel: [Float], into packed: UnsafeMutablePointer<Float>) {
    pack(kernel, into: packed, worker: 0, workerCount: 1)
  }

  /// Packs one of `workerCount` shares of the panels; shares are disjoint and need no order.
  ///
  /// Weights lie in the order of execution: `panelOuter` by panel, depth block, matrix;
  /// `pointOuter` by matrix, panel, depth block; each block `[depth][panel width]`.
  package func pack(
    _ kernel: [Float], into packed: UnsafeMutablePointer<Float>, worker: Int, workerCount: Int
  ) {
    precondition(
      kernel.count == shape.destination.channels * depth * 9, "kernel has the wrong size")
    kernel.withUnsafeBufferPointer { kernel in
      guard let base = kernel.baseAddress else { return }
      for index in workerShare(panels.count, worker: worker, count: workerCount) {
        pack(panels[index], of: base, into: packed)
      }
    }
  }

  private func pack(
    _ panel: OutputPanel, of kernel: UnsafePointer<Float>,
    into packed: UnsafeMutablePointer<Float>
  ) {
    for start in stride(from: 0, to: depth, by: options.depthBlock) {
      let count = min(options.depthBlock, depth - start)
      // A panel of nothing but padding has no channel to read.
      let firstChannel = panel.channelCount > 0 ? panel.firstChannel : 0
      var task = rvgk_winograd_pack_task(
        kernel: kernel + (firstChannel * depth + start) * 9, o_stride: depth * 9,
        depth: Int32(count), columns: Int32(panel.channelCount), panel_width: Int32(panel.width),
        family: Int32(plan.vertical.family.rawValue),
        vertical_count: Int32(plan.vertical.weightRows.count),
        horizontal_count: Int32(plan.horizontal.weightRows.count),
        vertical: Self.tuple(plan.vertical.weightRows),
        horizontal: Self.tuple(plan.horizontal.weightRows),
        packed: packed + blockOffset(panel: panel, matrix: 0, depthStart: start),
        matrix_stride: matrixStride(panel: panel, depthCount: count))
      kernels.table.pointee.winograd_pack(&task)
    }
  }

  /// Offset of a block of packed weights, in floats.
  @inline(__always)
  func blockOffset(panel: OutputPanel, matrix: Int, depthStart: Int) -> Int {
    switch options.order {
    case .panelOuter:
      plan.matrixCount * (depth * panel.widthBefore + depthStart * panel.width)
        + matrix * min(options.depthBlock, depth - depthStart) * panel.width
    case .pointOuter:
      depth * (matrix * packedWidth + panel.widthBefore) + depthStart * panel.width
    }
  }

  private func matrixStride(panel: OutputPanel, depthCount: Int) -> Int {
    options.order == .panelOuter ? depthCount * panel.width : depth * packedWidth
  }

  private static func tuple(
    _ rows: [Int]
  ) -> (Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32) {
    func row(_ index: Int) -> Int32 { index < rows.count ? Int32(rows[index]) : 0 }
    return (row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7))
  }
}
