import CKernels

extension WinogradConvolution {
  package func run(_ operands: ConvolutionOperands) {
    let worker = operands.worker
    let workerCount = operands.workerCount
    let splitsPixels = options.split == .pixels
    let ownChunks =
      splitsPixels
      ? workerShare(schedule.chunks.count, worker: worker, count: workerCount)
      : schedule.chunks.indices
    let ownPanels =
      splitsPixels
      ? panels.indices : workerShare(panels.count, worker: worker, count: workerCount)
    guard !ownPanels.isEmpty else { return }
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
                  source: operands.source + chunk.source, destinationOffset: chunk.destination),
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
          for matrix in chunk.rows.indices {
            multiply(
              chunk, matrix: matrix, panel: panel, depthStart: start, transformed, products,
              operands)
          }
        }
        finish(chunk, panel: panel, products: products, operands)
      }
    case .pointOuter:
      for matrix in chunk.rows.indices {
        for index in panels.indices {
          for start in stride(from: 0, to: depth, by: options.depthBlock) {
            multiply(
              chunk, matrix: matrix, panel: panels[index], depthStart: start, transformed,
              products + index * schedule.largestProducts, operands)
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

  /// One block of one weight matrix times the chunk's rows.
  @inline(__always)
  private func multiply(
    _ chunk: ChunkTables, matrix: Int, panel: OutputPanel, depthStart: Int,
    _ transformed: UnsafeMutablePointer<Float>, _ products: UnsafeMutablePointer<Float>,
    _ operands: ConvolutionOperands
  ) {
    let rows = chunk.rows[matrix]
    let c = products + Int(rows.products)
    var noOffset = 0
    withUnsafePointer(to: &noOffset) { noOffset in
      var task = rvgk_gemm_task(
        a: transformed + Int(rows.transformed) + panel.group * depth + depthStart,
        a_row_stride: shape.source.pixelStride, a_line_stride: 0, a_image_stride: 0,
        tap_offsets: noOffset, tap_count: 1,
        depth: Int32(min(options.depthBlock, depth - depthStart)),
        b: operands.weights + blockOffset(panel: panel, matrix: matrix, depthStart: depthStart),
        panel_width: Int32(panel.width), columns: Int32(panel.width), rows: rows.count,
        line_count: 1, first_line: 0, lines_per_image: 1,
        init: depthStart > 0 ? UnsafePointer(c) : nil, init_row_stride: options.panelWidth,
        init_line_stride: 0, init_image_stride: 0, c: c, c_row_stride: options.panelWidth,
        c_line_stride: 0, c_image_stride: 0, bias: nil, identity: nil, identity_scale: nil,
        applies_relu: 0, prefetch_distance_bytes: options.prefetchDistanceByteCount)
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
