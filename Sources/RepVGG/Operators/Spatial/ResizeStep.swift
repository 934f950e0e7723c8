import CKernels

/// Images of another size, by tables of rows and columns.
struct PlannedResize: PlannedOperation {
  let isLinear: Bool
  /// Where each row and column of the result comes from.
  let rows: [rvgk_resize_place]
  let columns: [rvgk_resize_place]
  var algorithm: String { isLinear ? "resize-linear" : "resize-nearest" }

  func planned(
    _ reads: [StoredTensor], _ result: StoredTensor, _ kernels: Kernels
  ) throws(RepVGGError) -> PlannedStep {
    PlannedStep(
      kernel: ResizeStep(
        source: reads[0].layout, destination: result.layout, kernels: kernels,
        isLinear: isLinear, rows: rows, columns: columns))
  }
}

/// Reads an image, writes one.
///
/// Workers split the rows of the result.
private struct ResizeStep: StepKernel {
  let source: ActivationLayout
  let destination: ActivationLayout
  let kernels: Kernels
  let isLinear: Bool
  let rows: [rvgk_resize_place]
  let columns: [rvgk_resize_place]

  func run(_ frame: Frame) {
    rows.withUnsafeBufferPointer { rows in
      columns.withUnsafeBufferPointer { columns in
        guard let rows = rows.baseAddress, let columns = columns.baseAddress else { return }
        run(frame, rows, columns)
      }
    }
  }

  private func run(
    _ frame: Frame, _ rows: UnsafePointer<rvgk_resize_place>,
    _ columns: UnsafePointer<rvgk_resize_place>
  ) {
    destination.forEachRun(of: frame.share(of: destination.batch * destination.height)) {
      image, y, count in
      var task = rvgk_resize_task(
        src: frame.floats(read: 0) + source.offset(image: image, y: 0, x: 0),
        src_row_stride: source.rowStride, src_pixel_stride: source.pixelStride,
        dst: frame.floats(written: 0) + destination.offset(image: image, y: y, x: 0),
        dst_row_stride: destination.rowStride, dst_pixel_stride: destination.pixelStride,
        rows: Int32(count), width: Int32(destination.width), channels: Int32(source.channels),
        row_places: rows + y, column_places: columns)
      if isLinear {
        kernels.table.pointee.resize_linear(&task)
      } else {
        kernels.table.pointee.resize_nearest(&task)
      }
    }
  }
}

extension ResizeOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard let input = inputs.first ?? nil, input.elementType.isReal, shape.count == 4,
      input.shape.prefix(2) == shape.prefix(2)
    else {
      throw RepVGGError(.unsupported, "plans resize rows and columns of images only")
    }
    if case .cubic = interpolation {
      throw RepVGGError(.unsupported, "plans do not run cubic interpolation")
    }
    func constant(_ index: Int) throws(RepVGGError) -> ReferenceTensor? {
      guard inputs.indices.contains(index), let input = inputs[index] else { return nil }
      guard let constant = input.constant else {
        throw RepVGGError(.unsupported, "plans do not resize by scales that the input decides")
      }
      return try ReferenceTensor(constant)
    }
    var operation = self
    if scales == nil, let computed = try constant(1) {
      operation.scales = CastOperation.reals(of: computed).map { Float($0) }
    }
    let maps = try operation.maps(
      from: input.shape, to: shape, sizes: try constant(2)?.integers)
    func places(_ axis: Int) -> [rvgk_resize_place] {
      guard let map = maps.first(where: { $0.axis == axis })?.map else {
        return (0..<shape[axis]).map {
          rvgk_resize_place(first: Int32($0), second: Int32($0), weight: 0)
        }
      }
      return map.parts.map { parts in
        let (first, last) = (parts[0], parts[parts.count - 1])
        let weight = Float(last.weight)
        // Of two samples, one that does not count is not read.
        if parts.count == 1 || weight == 0 {
          return rvgk_resize_place(
            first: Int32(first.index), second: Int32(first.index), weight: 0)
        }
        let only = weight == 1 ? last.index : first.index
        return rvgk_resize_place(
          first: Int32(only), second: Int32(last.index), weight: weight == 1 ? 0 : weight)
      }
    }
    guard maps.allSatisfy({ $0.axis >= 2 }), shape.allSatisfy({ $0 > 0 }) else {
      throw RepVGGError(.unsupported, "plans resize rows and columns of images only")
    }
    return LoweredOperation(
      PlannedResize(isLinear: interpolation == .linear, rows: places(2), columns: places(3)),
      reads: [(0, .image)], storage: .image)
  }
}
