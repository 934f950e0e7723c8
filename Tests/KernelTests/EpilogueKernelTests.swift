import CKernels
import RepVGG
import TestSupport
import Testing

/// The activations of kernels that compute something else first: the same bits as a pass of its own.
@Suite struct EpilogueKernelTests {
  /// With slopes for all channels, which each part of a task has to find.
  private static let prelu = ActivationCase(
    testDescription: "prelu", kind: RVGK_ACTIVATION_PRELU, error: 0.5
  ) { $0 }
  static let functions = ActivationCase.all + [prelu]

  /// Runs `body` with nothing, then applies the activation itself, and compares with `body` doing both.
  private func expectTheSameBits(
    _ kernels: Kernels, _ function: ActivationCase, rows: Int, rowStride: Int, columns: Int,
    _ body: (UnsafeMutablePointer<Float>, UnsafePointer<rvgk_activation>?) -> Void
  ) {
    let before = GuardedBuffer(count: rows * rowStride)
    let together = GuardedBuffer(count: rows * rowStride)
    var random = SeededGenerator(seed: 23)
    let slopes = GuardedBuffer(random.floats(columns))
    var activation = function.task
    if function.kind == RVGK_ACTIVATION_PRELU { activation.slopes = UnsafePointer(slopes.start) }
    body(before.start, nil)
    kernels.table.pointee.activate(
      &activation, before.start, Int32(rows), rowStride, Int32(columns))
    body(together.start, &activation)
    #expect(before.guardsAreIntact == true && together.guardsAreIntact == true)
    let label = Comment(rawValue: "\(function.testDescription), \(columns) at \(kernels.name)")
    #expect(before.elements.map(\.bitPattern) == together.elements.map(\.bitPattern), label)
    #expect(together.elements.contains { !$0.isNaN }, label)
  }

  @Test(arguments: Kernels.reachable, functions)
  func gemmActivatesAsAPassDoes(kernels: Kernels, function: ActivationCase) {
    let depth = 5
    for panel in stride(
      from: kernels.panelStep, through: kernels.widestPanel, by: kernels.panelStep)
    {
      for columns in [panel, panel - 1] {
        for rows in [1, 7, 29] {
          var random = SeededGenerator(seed: UInt64(panel * 100 + rows))
          let a = GuardedBuffer(random.floats(rows * depth))
          let b = GuardedBuffer(random.floats(depth * panel))
          let bias = GuardedBuffer(random.floats(columns))
          let stride = columns + 3
          expectTheSameBits(kernels, function, rows: rows, rowStride: stride, columns: columns) {
            target, activation in
            var offset = 0
            withUnsafePointer(to: &offset) { offset in
              var task = rvgk_gemm_task(
                a: a.start, a_row_stride: depth, a_line_stride: 0, a_image_stride: 0,
                tap_offsets: offset, tap_count: 1, depth: Int32(depth), b: b.start,
                panel_width: Int32(panel), columns: Int32(columns), rows: Int32(rows),
                line_count: 1, first_line: 0, lines_per_image: 1, init: nil, init_row_stride: 0,
                init_line_stride: 0, init_image_stride: 0, c: target, c_row_stride: stride,
                c_line_stride: 0, c_image_stride: 0, bias: bias.start, identity: nil,
                identity_scale: nil, activation: activation, prefetch_distance_bytes: 0)
              kernels.table.pointee.gemm(&task)
            }
          }
        }
      }
    }
  }

  @Test(arguments: Kernels.reachable, functions)
  func winogradActivatesAsAPassDoes(kernels: Kernels, function: ActivationCase) throws {
    let kind = try #require(TileKind(family: .small, outputCount: 3))
    let (positions, side) = (kind.inputCount, 3)
    for columns in [kernels.vectorWidth * 2, 8, kernels.vectorWidth + 3] {
      let rows = (columns + kernels.vectorWidth - 1) / kernels.vectorWidth * kernels.vectorWidth
      var random = SeededGenerator(seed: UInt64(columns))
      let products = GuardedBuffer(random.floats(positions * positions * rows))
      let bias = GuardedBuffer(random.floats(columns))
      let stride = columns + 5
      // The addend is not the destination, which is NaN.
      let addend = GuardedBuffer(random.floats(side * side * stride))
      let offsets = (0..<positions * positions).map { Int32($0 * rows) }
      let transform = Int32(kind.index * Int(RVGK_TILE_KIND_COUNT) + kind.index)
      var tile = rvgk_tile(
        transform: transform, v_offsets: 0, m_offsets: 0, source: 0, destination: 0)
      expectTheSameBits(
        kernels, function, rows: side * side, rowStride: stride, columns: columns
      ) { target, activation in
        offsets.withUnsafeBufferPointer { offsets in
          guard let offsets = offsets.baseAddress else { return }
          withUnsafePointer(to: &tile) { tile in
            var task = rvgk_winograd_output_task(
              tiles: tile, tile_count: 1, columns: Int32(columns), offsets: offsets,
              m: products.start, destination: target, row_stride: side * stride,
              pixel_stride: stride, bias: bias.start, addend: addend.start, identity: nil,
              identity_scale: nil, activation: activation)
            kernels.table.pointee.winograd_output(&task)
          }
        }
      }
    }
  }

  /// More channels than a slice of the weights holds, with and without code of the kernel's own.
  @Test(arguments: Kernels.reachable, functions)
  func depthwiseActivatesAsAPassDoes(kernels: Kernels, function: ActivationCase) {
    for (kernel, channels) in [(3, 470), (9, 53)] {
      let vector = kernels.vectorWidth
      let padded = (channels + vector - 1) / vector * vector
      let width = 3
      var random = SeededGenerator(seed: UInt64(channels))
      let source = GuardedBuffer(random.floats(kernel * (width + kernel - 1) * padded))
      let taps = kernel * kernel
      let weights = GuardedBuffer(
        random.floats(taps * padded).enumerated().map { place, weight in
          place / (taps * vector) * vector + place % vector < channels ? weight : 0
        })
      expectTheSameBits(kernels, function, rows: width, rowStride: padded, columns: channels) {
        target, activation in
        var task = rvgk_depthwise_task(
          src: source.start, src_row_stride: (width + kernel - 1) * padded,
          src_pixel_stride: padded, dst: target, dst_row_stride: width * padded,
          dst_pixel_stride: padded, addend: nil, addend_row_stride: 0, addend_pixel_stride: 0,
          rows: 1, width: Int32(width), channels: Int32(channels), kernel_height: Int32(kernel),
          kernel_width: Int32(kernel), stride_y: 1, stride_x: 1, dilation_y: 1, dilation_x: 1,
          multiplier: 1, weights: weights.start, bias: nil, activation: activation)
        kernels.table.pointee.depthwise(&task)
      }
    }
  }

  @Test(arguments: Kernels.reachable)
  func winogradAddsAnotherValue(kernels: Kernels) throws {
    let kind = try #require(TileKind(family: .small, outputCount: 4))
    let (positions, columns) = (kind.inputCount, kernels.vectorWidth + 2)
    let rows = 2 * kernels.vectorWidth
    var random = SeededGenerator(seed: 17)
    let products = GuardedBuffer(random.floats(positions * positions * rows))
    let bias = GuardedBuffer(random.floats(columns))
    let addend = GuardedBuffer(random.floats(16 * columns))
    let offsets = (0..<positions * positions).map { Int32($0 * rows) }
    var tile = rvgk_tile(
      transform: Int32(kind.index * Int(RVGK_TILE_KIND_COUNT) + kind.index), v_offsets: 0,
      m_offsets: 0, source: 0, destination: 0)
    func run(_ target: UnsafeMutablePointer<Float>, adding: UnsafePointer<Float>?) {
      offsets.withUnsafeBufferPointer { offsets in
        guard let offsets = offsets.baseAddress else { return }
        withUnsafePointer(to: &tile) { tile in
          var task = rvgk_winograd_output_task(
            tiles: tile, tile_count: 1, columns: Int32(columns), offsets: offsets,
            m: products.start, destination: target, row_stride: 4 * columns,
            pixel_stride: columns, bias: bias.start, addend: adding, identity: nil,
            identity_scale: nil, activation: nil)
          kernels.table.pointee.winograd_output(&task)
        }
      }
    }
    let without = GuardedBuffer(count: 16 * columns)
    let elsewhere = GuardedBuffer(count: 16 * columns)
    let inPlace = GuardedBuffer(addend.elements)
    run(without.start, adding: nil)
    run(elsewhere.start, adding: addend.start)
    run(inPlace.start, adding: inPlace.start)
    #expect(elsewhere.guardsAreIntact == true && inPlace.guardsAreIntact == true)
    #expect(elsewhere.elements == inPlace.elements)
    #expect(elsewhere.elements == zip(without.elements, addend.elements).map { $0 + $1 })
  }
}
