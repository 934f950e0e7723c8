import CKernels

extension WinogradConvolution {
  /// The panels, the matrices and their order.
  ///
  /// In `sliceOuter`, blocks of depth follow each other in a slice whatever their size is, but workers'
  /// shares are stored one after the other.
  package var packing: String {
    var text =
      "winograd panel=\(method.panelWidth) channels=\(shape.destination.storedChannels)"
      + " stored=\(method.stored.rawValue) order=\(method.order.rawValue)"
    if method.stored != .kernel {
      text += " family=\(plan.vertical.family.rawValue) rows=\(plan.vertical.weightRowMask)"
    }
    if method.stored == .matrices { text += " columns=\(plan.horizontal.weightRowMask)" }
    switch method.order {
    case .panelOuter: return text + " depth=\(min(method.depthBlock, depth))"
    case .sliceOuter: return text + " shares=\(shares.map(\.width))"
    }
  }

  package func pack(_ kernel: [Float], into packed: UnsafeMutablePointer<Float>) {
    pack(kernel, into: packed, worker: 0, workerCount: 1)
  }

  /// Packs one of `workerCount` shares of the panels; shares are disjoint and need no order.
  ///
  /// Weights are stored in the order of execution: `panelOuter` by panel, depth block, slice;
  /// `sliceOuter` by slice, panel, depth block. A block of a slice is `[depth][panel width]` of a
  /// matrix, `[depth][3][panel width]` of the columns of a row of matrices, or
  /// `[depth][3][3][panel width]` of the kernel. What one worker reads is contiguous.
  package func pack(
    _ kernel: [Float], into packed: UnsafeMutablePointer<Float>, worker: Int, workerCount: Int
  ) {
    precondition(
      kernel.count == shape.destination.channels * depth * 9, "kernel has the wrong size")
    kernel.withUnsafeBufferPointer { kernel in
      guard let base = kernel.baseAddress else {
        preconditionFailure("a layer without channels has no kernel")
      }
      for index in workerShare(panels.count, worker: worker, count: workerCount) {
        pack(panels[index], in: shares[index], of: base, into: packed)
      }
    }
  }

  private func pack(
    _ panel: OutputPanel, in share: PanelShare, of kernel: UnsafePointer<Float>,
    into packed: UnsafeMutablePointer<Float>
  ) {
    for start in stride(from: 0, to: depth, by: method.depthBlock) {
      let count = min(method.depthBlock, depth - start)
      // A panel of nothing but padding has no channel to read.
      let firstChannel = panel.channelCount > 0 ? panel.firstChannel : 0
      let taps = [0, 1, 2]
      let family = Int32(plan.vertical.family.rawValue)
      let isKernel = method.stored == .kernel
      let vertical = isKernel ? taps : plan.vertical.weightRows
      let horizontal = method.stored == .matrices ? plan.horizontal.weightRows : taps
      let strides = packedStrides(panel: panel, in: share, depthCount: count)
      var task = rvgk_winograd_pack_task(
        kernel: kernel + (firstChannel * depth + start) * 9, o_stride: depth * 9,
        depth: Int32(count), columns: Int32(panel.channelCount), panel_width: Int32(panel.width),
        vertical_family: isKernel ? RVGK_FAMILY_TAPS : family,
        horizontal_family: method.stored == .matrices ? family : RVGK_FAMILY_TAPS,
        vertical_count: Int32(vertical.count), horizontal_count: Int32(horizontal.count),
        vertical: Self.tuple(vertical), horizontal: Self.tuple(horizontal),
        packed: packed + blockOffset(panel: panel, in: share, slice: 0, depthStart: start),
        vertical_stride: strides.vertical, horizontal_stride: strides.horizontal,
        row_stride: strides.row)
      kernels.table.pointee.winograd_pack(&task)
    }
  }

  /// Floats of a slice of the stored weights, for an input and an output channel.
  @inline(__always)
  var floatsPerSlice: Int { method.stored.matricesPerSlice }

  /// Slices of the stored weights.
  @inline(__always)
  var sliceCount: Int { packedMatrixCount / floatsPerSlice }

  /// Offset of a block of a slice of the packed weights, in floats.
  @inline(__always)
  func blockOffset(panel: OutputPanel, in share: PanelShare, slice: Int, depthStart: Int) -> Int {
    let sliceCount = sliceCount
    let offset =
      switch method.order {
      case .panelOuter:
        sliceCount * (depth * panel.widthBefore + depthStart * panel.width)
          + slice * min(method.depthBlock, depth - depthStart) * panel.width
      case .sliceOuter:
        depth
          * (sliceCount * share.widthBefore + slice * share.width + panel.widthBefore
            - share.widthBefore) + depthStart * panel.width
      }
    return floatsPerSlice * offset
  }

  /// Floats between packed weights: of rows of matrices, of their columns, of input channels.
  private func packedStrides(
    panel: OutputPanel, in share: PanelShare, depthCount: Int
  ) -> (vertical: Int, horizontal: Int, row: Int) {
    let slice =
      floatsPerSlice
      * (method.order == .panelOuter ? depthCount * panel.width : depth * share.width)
    return switch method.stored {
    case .kernel: (3 * panel.width, panel.width, 9 * panel.width)
    case .columns: (slice, panel.width, 3 * panel.width)
    case .matrices: (plan.horizontal.weightRowCount * slice, slice, panel.width)
    }
  }

  private static func tuple(
    _ rows: [Int]
  ) -> (Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32) {
    precondition(rows.count <= Int(RVGK_MAX_WEIGHTS), "no transform has so many weight rows")
    func row(_ index: Int) -> Int32 { index < rows.count ? Int32(rows[index]) : 0 }
    return (row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7))
  }
}
