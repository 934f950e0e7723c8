import CKernels

extension WinogradConvolution {
  package func run(_ operands: ConvolutionOperands) {
    let worker = operands.worker
    // The packed weights lie by the shares of as many workers.
    precondition(operands.workerCount == workerCount, "planned for other workers")
    let splitsPixels = options.split == .pixels
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
      for index in ownChunks {
        let chunk = schedule.chunks[index]
        let template = schedule.templates[chunk.template]
        template.tiles.withUnsafeBufferPointer { tiles in
          template.offsets.withUnsafeBufferPointer { offsets in
            template.rows.withUnsafeBufferPointer { rows in
              guard let tileBase = tiles.baseAddress, let offsetBase = offsets.baseAddress else {
                return
              }
              run(
                ChunkTables(
                  tiles: tileBase, tileCount: Int32(tiles.count), offsets: offsetBase, rows: rows,
                  source: operands.source + chunk.source, destinationOffset: chunk.destination,
                  share: share),
                panels: own, operands)
            }
          }
        }
      }
    }
  }

  /// A chunk and its template, by pointers.
  private struct ChunkTables {
    let tiles: UnsafePointer<rvgk_tile>
    let tileCount: Int32
    let offsets: UnsafePointer<Int32>
    let rows: UnsafeBufferPointer<TileSchedule.Rows>
    let source: UnsafePointer<Float>
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
      channels: Int32(shape.source.pixelStride), offsets: chunk.offsets, source: chunk.source,
      row_stride: shape.source.rowStride, pixel_stride: shape.source.pixelStride, v: transformed)
    kernels.table.pointee.winograd_input(&input)
    switch options.order {
    case .panelOuter:
      for panel in panels {
        for start in stride(from: 0, to: depth, by: options.depthBlock) {
          if options.weights == .taps {
            multiplyTaps(chunk, panel: panel, depthStart: start, transformed, products, operands)
            continue
          }
          for matrix in chunk.rows.indices {
            let block =
              operands.weights
              + blockOffset(panel: panel, in: chunk.share, matrix: matrix, depthStart: start)
            multiply(
              chunk, matrix: matrix, panel: panel, depthStart: start, weights: block,
              prefetchDistance: options.prefetchDistanceByteCount, transformed, products)
          }
        }
        finish(chunk, panel: panel, products: products, operands)
      }
    case .pointOuter:
      for matrix in chunk.rows.indices {
        // Rows that L2 holds meet all panels before the next do.
        let rowCount = Int(chunk.rows[matrix].count)
        let passCount = (rowCount * depth - 1) / Self.pixelsPerPass + 1
        for pass in 0..<passCount {
          let rows = workerShare(rowCount, worker: pass, count: passCount)
          for index in panels.indices {
            for start in stride(from: 0, to: depth, by: options.depthBlock) {
              let offset = blockOffset(
                panel: panels[index], in: chunk.share, matrix: matrix, depthStart: start)
              multiply(
                chunk, matrix: matrix, rows: rows, panel: panels[index], depthStart: start,
                weights: operands.weights + offset,
                prefetchDistance: options.prefetchDistanceByteCount, transformed,
                products + index * schedule.largestProducts)
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

  /// Transforms a block of taps, then multiplies its matrices, which are then in the cache; the
  /// next block's taps are fetched meanwhile, a ninth by each of the first nine matrices.
  private func multiplyTaps(
    _ chunk: ChunkTables, panel: OutputPanel, depthStart: Int,
    _ transformed: UnsafeMutablePointer<Float>, _ products: UnsafeMutablePointer<Float>,
    _ operands: ConvolutionOperands
  ) {
    let depthCount = min(options.depthBlock, depth - depthStart)
    let taps =
      operands.weights
      + blockOffset(panel: panel, in: chunk.share, matrix: 0, depthStart: depthStart)
    let matrices = products + schedule.largestProducts
    var task = rvgk_winograd_weight_task(
      taps: taps, depth: Int32(depthCount), panel_width: Int32(panel.width),
      family: Int32(plan.vertical.family.rawValue),
      vertical_rows: plan.vertical.weightRowMask, horizontal_rows: plan.horizontal.weightRowMask,
      matrices: matrices, matrix_stride: matrixBlockStride)
    kernels.table.pointee.winograd_weights(&task)
    let next = taps + 9 * depthCount * panel.width
    for matrix in chunk.rows.indices {
      let block = matrices + matrix * matrixBlockStride
      let ahead = next + matrix * depthCount * panel.width
      multiply(
        chunk, matrix: matrix, panel: panel, depthStart: depthStart, weights: block,
        prefetchDistance: matrix < 9 && options.prefetchDistanceByteCount > 0
          ? UnsafeRawPointer(ahead) - UnsafeRawPointer(block) : 0,
        transformed, products)
    }
  }

  /// Floats of rows that stay in a second-level cache beside the weights that pass: 256 KiB.
  private static let pixelsPerPass = 64 << 10

  /// One block of one weight matrix times some of the chunk's rows, or all of them.
  @inline(__always)
  private func multiply(
    _ chunk: ChunkTables, matrix: Int, rows: Range<Int>? = nil, panel: OutputPanel,
    depthStart: Int, weights: UnsafePointer<Float>, prefetchDistance: Int,
    _ transformed: UnsafeMutablePointer<Float>, _ products: UnsafeMutablePointer<Float>
  ) {
    let place = chunk.rows[matrix]
    let rows = rows ?? 0..<Int(place.count)
    let c = products + Int(place.products) + rows.lowerBound * options.panelWidth
    let a = transformed + Int(place.transformed) + rows.lowerBound * shape.source.pixelStride
    var noOffset = 0
    withUnsafePointer(to: &noOffset) { noOffset in
      var task = rvgk_gemm_task(
        a: a + panel.group * depth + depthStart,
        a_row_stride: shape.source.pixelStride, a_line_stride: 0, a_image_stride: 0,
        tap_offsets: noOffset, tap_count: 1,
        depth: Int32(min(options.depthBlock, depth - depthStart)),
        b: weights,
        panel_width: Int32(panel.width), columns: Int32(panel.width), rows: Int32(rows.count),
        line_count: 1, first_line: 0, lines_per_image: 1,
        init: depthStart > 0 ? UnsafePointer(c) : nil, init_row_stride: options.panelWidth,
        init_line_stride: 0, init_image_stride: 0, c: c, c_row_stride: options.panelWidth,
        c_line_stride: 0, c_image_stride: 0, bias: nil, identity: nil, identity_scale: nil,
        applies_relu: 0, prefetch_distance_bytes: prefetchDistance)
      kernels.table.pointee.gemm(&task)
    }
  }

  /// The output transform of one panel.
  @inline(__always)
  private func finish(
    _ chunk: ChunkTables, panel: OutputPanel, products: UnsafeMutablePointer<Float>,
    _ operands: ConvolutionOperands
  ) {
    let place = chunk.destinationOffset + panel.firstChannel
    let addsIdentity = epilogue.addsScaledIdentity
    let scales = operands.bias + shape.destination.pixelStride + panel.firstChannel
    var task = rvgk_winograd_output_task(
      tiles: chunk.tiles, tile_count: chunk.tileCount, columns: Int32(panel.columnCount),
      offsets: chunk.offsets, m: products, destination: operands.destination + place,
      row_stride: shape.destination.rowStride, pixel_stride: shape.destination.pixelStride,
      bias: operands.bias + panel.firstChannel,
      identity: addsIdentity ? operands.source + place : nil,
      identity_scale: addsIdentity ? scales : nil, accumulates: epilogue.accumulates ? 1 : 0,
      applies_relu: epilogue.appliesReLU ? 1 : 0)
    kernels.table.pointee.winograd_output(&task)
  }
}
