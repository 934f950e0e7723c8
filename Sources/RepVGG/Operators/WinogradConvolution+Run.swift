import CKernels

extension WinogradConvolution {
  package func run(_ operands: ConvolutionOperands) {
    let worker = operands.worker
    // The packed weights are stored by the shares of as many workers.
    precondition(operands.workerCount == workerCount, "planned for other workers")
    let splitsPixels = method.split == .pixels
    let ownChunks =
      splitsPixels
      ? workerShare(schedule.chunks.count, worker: worker, count: workerCount)
      : schedule.chunks.indices
    let ownPanels =
      splitsPixels
      ? panels.indices : workerShare(panels.count, worker: worker, count: workerCount)
    guard !ownPanels.isEmpty else { return }
    let share = shares[ownPanels.lowerBound]
    panels.withUnsafeBufferPointer { panels in
      let own = UnsafeBufferPointer(rebasing: panels[ownPanels])
      combinations.withUnsafeBufferPointer { combinations in
        for index in ownChunks {
          run(schedule.chunks[index], share, panels: own, combinations.baseAddress, operands)
        }
      }
    }
  }

  private func run(
    _ chunk: TileSchedule.Chunk, _ share: PanelShare, panels: UnsafeBufferPointer<OutputPanel>,
    _ combinations: UnsafePointer<rvgk_weight_combination>?, _ operands: ConvolutionOperands
  ) {
    let template = schedule.templates[chunk.template]
    template.tiles.withUnsafeBufferPointer { tiles in
      template.offsets.withUnsafeBufferPointer { offsets in
        template.rows.withUnsafeBufferPointer { rows in
          guard let tileBase = tiles.baseAddress, let offsetBase = offsets.baseAddress,
            let rowBase = rows.baseAddress
          else { preconditionFailure("a chunk has no tiles") }
          run(
            ChunkTables(
              tiles: tileBase, tileCount: Int32(tiles.count), offsets: offsetBase, rows: rowBase,
              combinations: combinations, source: operands.source + chunk.source,
              sourceCount: chunk.sourceCount, destinationOffset: chunk.destination, share: share),
            panels: panels, operands)
        }
      }
    }
  }

  /// A chunk and its template, by pointers.
  private struct ChunkTables {
    let tiles: UnsafePointer<rvgk_tile>
    let tileCount: Int32
    let offsets: UnsafePointer<Int32>
    let rows: UnsafePointer<rvgk_winograd_rows>
    let combinations: UnsafePointer<rvgk_weight_combination>?
    let source: UnsafePointer<Float>
    let sourceCount: Int
    let destinationOffset: Int
    let share: PanelShare
  }

  private func run(
    _ chunk: ChunkTables, panels: UnsafeBufferPointer<OutputPanel>,
    _ operands: ConvolutionOperands
  ) {
    let transformed = operands.scratch
    let products = operands.scratch + schedule.largestTransformed
    var input = rvgk_winograd_input_task(
      tiles: chunk.tiles, tile_count: chunk.tileCount,
      channels: Int32(shape.source.storedChannels), offsets: chunk.offsets, source: chunk.source,
      row_stride: shape.source.rowStride, pixel_stride: shape.source.pixelStride, v: transformed)
    // Half of it and more is in other cores' caches.
    if method.split == .outputChannels { rvgk_fetch_lines(chunk.source, chunk.sourceCount) }
    kernels.table.pointee.winograd_input(&input)
    switch method.order {
    case .panelOuter:
      for panel in panels {
        for start in stride(from: 0, to: depth, by: method.depthBlock) {
          let packed =
            operands.weights
            + blockOffset(panel: panel, in: chunk.share, slice: 0, depthStart: start)
          multiply(
            chunk, panel: panel, depthStart: start, packed, transformed, products: products,
            transformedWeights: products + schedule.largestProducts)
        }
        finish(chunk, panel: panel, products: products, operands)
      }
    case .sliceOuter:
      for slice in 0..<sliceCount {
        // Rows that L2 holds meet all panels before the next do.
        let passCount = (rowCount(chunk, slice: slice) * depth - 1) / Self.pixelsPerPass + 1
        for pass in 0..<passCount {
          for index in panels.indices {
            for start in stride(from: 0, to: depth, by: method.depthBlock) {
              let packed =
                operands.weights
                + blockOffset(
                  panel: panels[index], in: chunk.share, slice: slice, depthStart: start)
              multiply(
                chunk, slices: slice..<slice + 1, panel: panels[index], depthStart: start, packed,
                prefetch: ahead(of: packed, panel: panels[index]), transformed,
                products: products + index * schedule.largestProducts, part: pass, of: passCount)
            }
          }
        }
      }
      for index in panels.indices {
        finish(
          chunk, panel: panels[index], products: products + index * schedule.largestProducts,
          operands)
      }
    }
  }

  /// One block of a panel's depth times all of the chunk's rows.
  private func multiply(
    _ chunk: ChunkTables, panel: OutputPanel, depthStart: Int, _ packed: UnsafePointer<Float>,
    _ transformed: UnsafePointer<Float>, products: UnsafeMutablePointer<Float>,
    transformedWeights: UnsafeMutablePointer<Float>
  ) {
    let depthCount = min(method.depthBlock, depth - depthStart)
    switch method.stored {
    case .kernel:
      transform(
        packed, panel: panel, depthCount: depthCount, into: transformedWeights)
      // The next block's kernel is fetched meanwhile, a part with every call.
      let next = packed + 9 * depthCount * panel.width
      let line = min(16, panel.width)
      let callCount = method.multiplied == .columns ? plan.vertical.weightRowCount : 1
      for call in 0..<callCount {
        let lines = workerShare(9 * panel.width / line, worker: call, count: callCount)
        multiply(
          chunk, slices: method.multiplied == .columns ? call..<call + 1 : 0..<plan.matrixCount,
          panel: panel, depthStart: depthStart,
          transformedWeights + call * transformedWeightStride,
          prefetch: (next + lines.lowerBound * line * depthCount, lines.count * line),
          transformed, products: products)
      }
    case .columns:
      for slice in 0..<sliceCount {
        let block = packed + slice * 3 * depthCount * panel.width
        multiply(
          chunk, slices: slice..<slice + 1, panel: panel, depthStart: depthStart, block,
          prefetch: ahead(of: block, panel: panel), transformed, products: products)
      }
    case .matrices:
      multiply(
        chunk, slices: 0..<sliceCount, panel: panel, depthStart: depthStart, packed,
        prefetch: ahead(of: packed, panel: panel), transformed, products: products)
    }
  }

  /// Transforms a block of the stored kernel to the form that the products read.
  private func transform(
    _ kernel: UnsafePointer<Float>, panel: OutputPanel, depthCount: Int,
    into weights: UnsafeMutablePointer<Float>
  ) {
    var task = rvgk_winograd_weight_task(
      kernel: kernel, depth: Int32(depthCount), panel_width: Int32(panel.width),
      family: Int32(plan.vertical.family.rawValue), vertical_rows: plan.vertical.weightRowMask,
      horizontal_rows: plan.horizontal.weightRowMask, weights: weights,
      weight_stride: transformedWeightStride)
    if method.multiplied == .columns {
      kernels.table.pointee.winograd_weight_columns(&task)
    } else {
      kernels.table.pointee.winograd_weight_matrices(&task)
    }
  }

  /// What is packed ahead of a block, as floats per step of the block's depth.
  @inline(__always)
  private func ahead(
    of block: UnsafePointer<Float>, panel: OutputPanel
  ) -> (start: UnsafePointer<Float>, floats: Int) {
    let distance = method.prefetchDistanceByteCount / MemoryLayout<Float>.stride
    let slices = method.order == .panelOuter && method.stored == .matrices ? sliceCount : 1
    return (block + distance, distance > 0 ? slices * floatsPerSlice * panel.width : 0)
  }

  /// Floats of rows that stay in a second-level cache with the weights that pass: 256 KiB.
  private static let pixelsPerPass = 64 << 10

  /// GEMM rows that meet the weights of a slice.
  private func rowCount(_ chunk: ChunkTables, slice: Int) -> Int {
    matrices(of: slice..<slice + 1).reduce(0) { $0 + Int(chunk.rows[$1].count) }
  }

  /// The weight matrices of slices that products read: a slice each, or a row of matrices each.
  @inline(__always)
  private func matrices(of slices: Range<Int>) -> Range<Int> {
    let perSlice = method.multiplied == .columns ? combinations.count : 1
    return slices.lowerBound * perSlice..<slices.upperBound * perSlice
  }

  /// A block of some slices of weights times the chunk's rows, or one of `partCount` shares of them.
  private func multiply(
    _ chunk: ChunkTables, slices: Range<Int>, panel: OutputPanel, depthStart: Int,
    _ weights: UnsafePointer<Float>, prefetch: (start: UnsafePointer<Float>, floats: Int),
    _ transformed: UnsafePointer<Float>, products: UnsafeMutablePointer<Float>, part: Int = 0,
    of partCount: Int = 1
  ) {
    let matrices = matrices(of: slices)
    let depthCount = min(method.depthBlock, depth - depthStart)
    var task = rvgk_winograd_product_task(
      rows: chunk.rows + matrices.lowerBound, matrix_count: Int32(matrices.count),
      v: transformed + panel.group * depth + depthStart, v_stride: shape.source.storedChannels,
      weights: weights,
      weight_stride: transformsWeights ? transformedWeightStride : depthCount * panel.width,
      combinations: method.multiplied == .columns ? chunk.combinations : nil,
      depth: Int32(depthCount), panel_width: Int32(panel.width),
      m: products, m_stride: method.panelWidth, accumulates: depthStart > 0 ? 1 : 0,
      part: Int32(part), part_count: Int32(partCount), prefetch_floats: Int32(prefetch.floats),
      prefetch: prefetch.start)
    kernels.table.pointee.winograd_products(&task)
  }

  /// The output transform of one panel.
  @inline(__always)
  private func finish(
    _ chunk: ChunkTables, panel: OutputPanel, products: UnsafeMutablePointer<Float>,
    _ operands: ConvolutionOperands
  ) {
    let place = chunk.destinationOffset + panel.firstChannel
    let addsIdentity = epilogue.addsScaledIdentity
    let scales = operands.bias + shape.destination.storedChannels + panel.firstChannel
    var task = rvgk_winograd_output_task(
      tiles: chunk.tiles, tile_count: chunk.tileCount, columns: Int32(panel.columnCount),
      offsets: chunk.offsets, m: products, destination: operands.destination + place,
      row_stride: shape.destination.rowStride, pixel_stride: shape.destination.pixelStride,
      bias: operands.bias + panel.firstChannel,
      addend: epilogue.accumulates ? operands.addend + place : nil,
      identity: addsIdentity ? operands.source + place : nil,
      identity_scale: addsIdentity ? scales : nil,
      activation: activation?.address)
    kernels.table.pointee.winograd_output(&task)
  }
}
