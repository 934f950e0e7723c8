import CKernels

/// The largest element, or the mean, of a window that moves over an image.
struct PlannedPool: PlannedOperation {
  let operation: PoolOperation
  var algorithm: String { operation.function == .maximum ? "max-pool" : "average-pool" }

  func planned(
    _ reads: [StoredTensor], _ result: StoredTensor, _ kernels: Kernels
  ) throws(RepVGGError) -> PlannedStep {
    let source = reads[0].layout
    let window = try operation.window.complete(rank: 2, for: operation)
    let rows = try window.outputs(
      of: source.height, axis: 0, roundsUp: operation.roundsUp, for: operation)
    let columns = try window.outputs(
      of: source.width, axis: 1, roundsUp: operation.roundsUp, for: operation)
    let numbers =
      window.kernel + window.strides + window.dilations
      + [rows.before, rows.after, columns.before, columns.after]
    // What is beyond, with the sizes that images have, does not overflow.
    guard numbers.allSatisfy({ $0 <= Self.numberLimit }),
      max(window.extent(0), window.extent(1)) <= Self.numberLimit
    else {
      throw RepVGGError(
        .unsupported, "pools windows of more than \(Self.numberLimit) pixels a side")
    }
    let kind =
      switch operation.function {
      case .maximum: RVGK_POOL_MAX
      case .average(false): RVGK_POOL_AVERAGE
      case .average(true): RVGK_POOL_AVERAGE_WITH_PADDING
      }
    return PlannedStep(
      kernel: PoolStep(
        source: source, destination: result.layout, kernels: kernels,
        task: Window(
          kind: Int32(kind), kernel: (Int32(window.kernel[0]), Int32(window.kernel[1])),
          stride: (Int32(window.strides[0]), Int32(window.strides[1])),
          dilation: (Int32(window.dilations[0]), Int32(window.dilations[1])),
          before: (Int32(rows.before), Int32(columns.before)),
          after: (Int32(rows.after), Int32(columns.after)))))
  }

  private static let numberLimit = 1 << 15

  struct Window: Sendable {
    let kind: Int32
    let kernel: (Int32, Int32)
    let stride: (Int32, Int32)
    let dilation: (Int32, Int32)
    let before: (Int32, Int32)
    let after: (Int32, Int32)
  }
}

/// Reads an image, writes one.
///
/// Workers split the rows of the result.
private struct PoolStep: StepKernel {
  let source: ActivationLayout
  let destination: ActivationLayout
  let kernels: Kernels
  let task: PlannedPool.Window

  func run(_ frame: Frame) {
    destination.forEachRun(of: frame.share(of: destination.batch * destination.height)) {
      image, y, count in
      var task = rvgk_pool_task(
        src: frame.floats(read: 0) + source.offset(image: image, y: 0, x: 0),
        src_row_stride: source.rowStride, src_pixel_stride: source.pixelStride,
        dst: frame.floats(written: 0) + destination.offset(image: image, y: y, x: 0),
        dst_row_stride: destination.rowStride, dst_pixel_stride: destination.pixelStride,
        kind: task.kind, height: Int32(source.height), width: Int32(source.width),
        channels: Int32(source.channels), first_row: Int32(y), rows: Int32(count),
        columns: Int32(destination.width), kernel_height: task.kernel.0,
        kernel_width: task.kernel.1, stride_y: task.stride.0, stride_x: task.stride.1,
        dilation_y: task.dilation.0, dilation_x: task.dilation.1, pad_top: task.before.0,
        pad_left: task.before.1, pad_bottom: task.after.0, pad_right: task.after.1)
      kernels.table.pointee.pool(&task)
    }
  }
}

extension PoolOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard let input = inputs.first ?? nil, input.elementType.isReal, shape.count == 4 else {
      throw RepVGGError(.unsupported, "plans run \(operatorType) of images only")
    }
    return LoweredOperation(
      PlannedPool(operation: self), reads: [(0, .image)], storage: .image)
  }
}
