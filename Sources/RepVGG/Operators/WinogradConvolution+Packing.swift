import CKernels

extension WinogradConvolution {
  package func pack(_ kernel: [Float], into packed: UnsafeMutablePointer<Float>) {
    pack(kernel, into: packed, worker: 0, workerCount: 1)
  }

  /// Packs one of `workerCount` shares of the panels; shares are disjoint and need no order.
  ///
  /// Weights lie in the order of execution: `panelOuter` by panel, depth block, matrix;
  /// `pointOuter` by matrix, panel, depth block; each block `[depth][panel width]`. Halves lie in the
  /// same ways, a row of matrices for a matrix and `[depth][3][panel width]` for a block; taps by
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
      let taps = [0, 1, 2]
      let family = Int32(plan.vertical.family.rawValue)
      let vertical = options.weights.areTaps ? taps : plan.vertical.weightRows
      let horizontal = options.weights == .matrices ? plan.horizontal.weightRows : taps
      let strides = packedStrides(panel: panel, in: share, depthCount: count)
      var task = rvgk_winograd_pack_task(
        kernel: kernel + (firstChannel * depth + start) * 9, o_stride: depth * 9,
        depth: Int32(count), columns: Int32(panel.channelCount), panel_width: Int32(panel.width),
        vertical_family: options.weights.areTaps ? RVGK_FAMILY_TAPS : family,
        horizontal_family: options.weights == .matrices ? family : RVGK_FAMILY_TAPS,
        vertical_count: Int32(vertical.count), horizontal_count: Int32(horizontal.count),
        vertical: Self.tuple(vertical), horizontal: Self.tuple(horizontal),
        packed: packed + blockOffset(panel: panel, in: share, point: 0, depthStart: start),
        vertical_stride: strides.vertical, horizontal_stride: strides.horizontal,
        row_stride: strides.row)
      kernels.table.pointee.winograd_pack(&task)
    }
  }

  /// Floats of an input and an output channel's weights at one point of the order of execution.
  @inline(__always)
  var floatsPerPoint: Int {
    switch options.weights {
    case .matrices: 1
    case .halves: 3
    case .taps, .halvedTaps: 9
    }
  }

  /// Points in the order of execution: matrices, rows of them in halves, or one for all taps.
  @inline(__always)
  var pointCount: Int { packedMatrixCount / floatsPerPoint }

  /// Offset of a block of packed weights, in floats: of a matrix, a row of them in halves, or taps.
  @inline(__always)
  func blockOffset(panel: OutputPanel, in share: PanelShare, point: Int, depthStart: Int) -> Int {
    let pointCount = pointCount
    let offset =
      switch options.order {
      case .panelOuter:
        pointCount * (depth * panel.widthBefore + depthStart * panel.width)
          + point * min(options.depthBlock, depth - depthStart) * panel.width
      case .pointOuter:
        depth
          * (pointCount * share.widthBefore + point * share.width + panel.widthBefore
            - share.widthBefore) + depthStart * panel.width
      }
    return floatsPerPoint * offset
  }

  /// Floats between packed weights: of rows of matrices, of their columns, of input channels.
  private func packedStrides(
    panel: OutputPanel, in share: PanelShare, depthCount: Int
  ) -> (vertical: Int, horizontal: Int, row: Int) {
    let point =
      floatsPerPoint
      * (options.order == .panelOuter ? depthCount * panel.width : depth * share.width)
    return switch options.weights {
    case .matrices: (plan.horizontal.weightRows.count * point, point, panel.width)
    case .halves: (point, panel.width, 3 * panel.width)
    case .taps, .halvedTaps: (3 * panel.width, panel.width, 9 * panel.width)
    }
  }

  private static func tuple(
    _ rows: [Int]
  ) -> (Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32) {
    func row(_ index: Int) -> Int32 { index < rows.count ? Int32(rows[index]) : 0 }
    return (row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7))
  }
}
