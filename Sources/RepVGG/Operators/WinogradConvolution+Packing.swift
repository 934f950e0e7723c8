import CKernels

extension WinogradConvolution {
  package func pack(_ kernel: [Float], into packed: UnsafeMutablePointer<Float>) {
    pack(kernel, into: packed, worker: 0, workerCount: 1)
  }

  /// Packs one of `workerCount` shares of the panels; shares are disjoint and need no order.
  ///
  /// Weights lie in the order of execution: `panelOuter` by panel, depth block, matrix;
  /// `pointOuter` by matrix, panel, depth block; each block `[depth][panel width]`. Taps lie by
  /// panel, depth block, `[depth][3][3][panel width]`. What one worker reads lies together.
  package func pack(
    _ kernel: [Float], into packed: UnsafeMutablePointer<Float>, worker: Int, workerCount: Int
  ) {
    precondition(
      kernel.count == shape.destination.channels * depth * 9, "kernel has the wrong size")
    kernel.withUnsafeBufferPointer { kernel in
      guard let base = kernel.baseAddress else { return }
      for index in workerShare(panels.count, worker: worker, count: workerCount) {
        pack(panels[index], in: shares[index], of: base, into: packed)
      }
    }
  }

  private func pack(
    _ panel: OutputPanel, in share: PanelShare, of kernel: UnsafePointer<Float>,
    into packed: UnsafeMutablePointer<Float>
  ) {
    for start in stride(from: 0, to: depth, by: options.depthBlock) {
      let count = min(options.depthBlock, depth - start)
      // A panel of nothing but padding has no channel to read.
      let firstChannel = panel.channelCount > 0 ? panel.firstChannel : 0
      let packsTaps = options.weights == .taps
      let family = packsTaps ? RVGK_FAMILY_TAPS : Int32(plan.vertical.family.rawValue)
      let vertical = packsTaps ? [0, 1, 2] : plan.vertical.weightRows
      let horizontal = packsTaps ? [0, 1, 2] : plan.horizontal.weightRows
      var task = rvgk_winograd_pack_task(
        kernel: kernel + (firstChannel * depth + start) * 9, o_stride: depth * 9,
        depth: Int32(count), columns: Int32(panel.channelCount), panel_width: Int32(panel.width),
        family: family, vertical_count: Int32(vertical.count),
        horizontal_count: Int32(horizontal.count), vertical: Self.tuple(vertical),
        horizontal: Self.tuple(horizontal),
        packed: packed + blockOffset(panel: panel, in: share, matrix: 0, depthStart: start),
        matrix_stride: matrixStride(panel: panel, in: share, depthCount: count),
        row_stride: packsTaps ? 9 * panel.width : panel.width)
      kernels.table.pointee.winograd_pack(&task)
    }
  }

  /// Offset of a block of packed weights, in floats.
  @inline(__always)
  func blockOffset(panel: OutputPanel, in share: PanelShare, matrix: Int, depthStart: Int) -> Int {
    if options.weights == .taps {
      return 9 * (depth * panel.widthBefore + depthStart * panel.width)
    }
    return switch options.order {
    case .panelOuter:
      plan.matrixCount * (depth * panel.widthBefore + depthStart * panel.width)
        + matrix * min(options.depthBlock, depth - depthStart) * panel.width
    case .pointOuter:
      depth
        * (plan.matrixCount * share.widthBefore + matrix * share.width + panel.widthBefore
          - share.widthBefore) + depthStart * panel.width
    }
  }

  private func matrixStride(panel: OutputPanel, in share: PanelShare, depthCount: Int) -> Int {
    if options.weights == .taps { return panel.width }
    return options.order == .panelOuter ? depthCount * panel.width : depth * share.width
  }

  private static func tuple(
    _ rows: [Int]
  ) -> (Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32) {
    func row(_ index: Int) -> Int32 { index < rows.count ? Int32(rows[index]) : 0 }
    return (row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7))
  }
}
