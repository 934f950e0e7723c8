import CKernels
import RepVGG
import TestSupport
import Testing

/// Pooling against Double, with nothing but NaN around the image.
@Suite struct PoolKernelTests {
  struct Case: Sendable {
    var kernel = (height: 3, width: 3)
    var stride = (y: 1, x: 1)
    var dilation = (y: 1, x: 1)
    /// Top, left, bottom, right.
    var padding = (1, 1, 1, 1)
    var height = 7
    var width = 9
    var channels = 16
    /// Whether a last, partial window is computed too.
    var roundsUp = false

    func outputCount(_ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ padding: Int)
      -> Int
    {
      let free = size + padding - (kernel - 1) * dilation - 1
      return (free + (roundsUp ? stride - 1 : 0)) / stride + 1
    }
    var rows: Int {
      outputCount(height, kernel.height, stride.y, dilation.y, padding.0 + padding.2)
    }
    var columns: Int {
      outputCount(width, kernel.width, stride.x, dilation.x, padding.1 + padding.3)
    }
  }

  static let cases: [Case] = [
    Case(), Case(kernel: (2, 2), stride: (2, 2), padding: (0, 0, 0, 0), height: 8, width: 10),
    Case(stride: (2, 2), height: 11, width: 150, channels: 24),
    Case(kernel: (5, 5), padding: (2, 2, 2, 2), height: 20, width: 20, channels: 32),
    Case(kernel: (9, 9), padding: (4, 4, 4, 4), height: 10, width: 13, channels: 8),
    Case(kernel: (13, 13), padding: (6, 6, 6, 6), height: 20, width: 70, channels: 16),
    Case(kernel: (3, 2), stride: (2, 3), padding: (1, 0, 0, 1), channels: 21),
    Case(
      kernel: (3, 3), stride: (2, 2), padding: (0, 0, 0, 0), height: 6, width: 8, roundsUp: true),
    Case(
      kernel: (3, 3), stride: (2, 2), padding: (1, 1, 1, 1), height: 6, width: 8, roundsUp: true),
    Case(kernel: (3, 3), dilation: (2, 2), padding: (1, 1, 2, 2), width: 90),
    Case(kernel: (2, 4), stride: (3, 1), dilation: (1, 3), padding: (0, 4, 0, 1), width: 30),
    Case(kernel: (1, 1), stride: (2, 2), padding: (0, 0, 0, 0), width: 130),
    Case(kernel: (2, 3), stride: (5, 40), padding: (0, 0, 0, 0), width: 200),
    // Wider than a strip of columns, one and several windows.
    Case(kernel: (7, 90), padding: (0, 0, 0, 0), width: 90),
    Case(kernel: (3, 80), stride: (1, 3), padding: (1, 40, 1, 2), width: 100, channels: 8),
    Case(kernel: (2, 3), dilation: (1, 40), padding: (0, 3, 1, 2), width: 100, channels: 8),
    Case(padding: (1, 1, 1, 1), height: 1, width: 1),
  ]
  static let kinds = [RVGK_POOL_MAX, RVGK_POOL_AVERAGE, RVGK_POOL_AVERAGE_WITH_PADDING]

  /// The window of an output in Double: its values, the magnitudes, the count with padding.
  private func window(
    _ layer: Case, _ y: Int, _ x: Int, _ sample: (Int, Int) -> Double
  ) -> (values: [Double], paddedCount: Int) {
    var values: [Double] = []
    var count = 0
    for ky in 0..<layer.kernel.height {
      for kx in 0..<layer.kernel.width {
        let row = y * layer.stride.y - layer.padding.0 + ky * layer.dilation.y
        let column = x * layer.stride.x - layer.padding.1 + kx * layer.dilation.x
        if row < layer.height + layer.padding.2, column < layer.width + layer.padding.3 {
          count += 1
        }
        if (0..<layer.height).contains(row), (0..<layer.width).contains(column) {
          values.append(sample(row, column))
        }
      }
    }
    return (values, count)
  }

  @Test(arguments: Kernels.reachable, kinds)
  func matchesTheOracle(kernels: Kernels, kind: Int32) {
    var worst = 0.0
    for layer in Self.cases {
      let width = kernels.vectorWidth
      let padded = (layer.channels + width - 1) / width * width
      let sourceStride = (row: (padded + 3) * layer.width + 5, pixel: padded + 3)
      let pixel = padded + 2
      let row = pixel * layer.columns + 1
      var random = SeededGenerator(seed: UInt64(layer.width))
      let source = GuardedBuffer(
        random.floats(
          (layer.height - 1) * sourceStride.row + (layer.width - 1) * sourceStride.pixel + padded))
      let destination = GuardedBuffer(count: layer.rows * row)
      // Two calls, as two workers share the rows.
      let half = layer.rows / 2
      for (first, count) in [(0, half), (half, layer.rows - half)] {
        var task = rvgk_pool_task(
          src: source.start, src_row_stride: sourceStride.row,
          src_pixel_stride: sourceStride.pixel, dst: destination.start + first * row,
          dst_row_stride: row, dst_pixel_stride: pixel, kind: kind, height: Int32(layer.height),
          width: Int32(layer.width), channels: Int32(layer.channels), first_row: Int32(first),
          rows: Int32(count), columns: Int32(layer.columns),
          kernel_height: Int32(layer.kernel.height), kernel_width: Int32(layer.kernel.width),
          stride_y: Int32(layer.stride.y), stride_x: Int32(layer.stride.x),
          dilation_y: Int32(layer.dilation.y), dilation_x: Int32(layer.dilation.x),
          pad_top: Int32(layer.padding.0), pad_left: Int32(layer.padding.1),
          pad_bottom: Int32(layer.padding.2), pad_right: Int32(layer.padding.3))
        kernels.table.pointee.pool(&task)
      }
      #expect(destination.guardsAreIntact == true, "\(layer)")
      var largest = 0.0
      for place in 0..<destination.count {
        let (y, inRow) = place.quotientAndRemainder(dividingBy: row)
        let (x, channel) = inRow.quotientAndRemainder(dividingBy: pixel)
        let value = Double(destination.start[place])
        guard x < layer.columns, channel < padded else {
          #expect(value.isNaN, "wrote outside: \(layer)")
          continue
        }
        let (values, count) = window(layer, y, x) { row, column in
          Double(source.start[row * sourceStride.row + column * sourceStride.pixel + channel])
        }
        if kind == RVGK_POOL_MAX {
          #expect(value == values.max() ?? -.infinity, "\(layer) at \(kernels.name)")
        } else {
          let divisor = Double(max(1, kind == RVGK_POOL_AVERAGE ? values.count : count))
          let magnitude = values.reduce(0) { $0 + abs($1) } / divisor
          let bound = gamma(layer.kernel.height + layer.kernel.width) * magnitude + 1e-30
          let ratio = abs(value - values.reduce(0, +) / divisor) / bound
          largest = max(largest, ratio.isNaN ? .infinity : ratio)
        }
      }
      #expect(largest <= 1, "\(layer) at \(kernels.name)")
      worst = max(worst, largest)
    }
    #expect(kind == RVGK_POOL_MAX || worst > 0.1, "the bound is too loose to find a defect")
  }

  @Test(arguments: Kernels.reachable, kinds)
  func keepsNaN(kernels: Kernels, kind: Int32) {
    // One NaN in each place of a window in turn; its neighbours do not hide it.
    let channels = kernels.vectorWidth
    for place in 0..<9 {
      let source = GuardedBuffer(
        (0..<9 * channels).map { $0 / channels == place ? .nan : Float($0 % 3) - .infinity })
      let destination = GuardedBuffer([Float](repeating: 0, count: channels))
      var task = rvgk_pool_task(
        src: source.start, src_row_stride: 3 * channels, src_pixel_stride: channels,
        dst: destination.start, dst_row_stride: channels, dst_pixel_stride: channels, kind: kind,
        height: 3, width: 3, channels: Int32(channels), first_row: 0, rows: 1, columns: 1,
        kernel_height: 3, kernel_width: 3, stride_y: 1, stride_x: 1, dilation_y: 1,
        dilation_x: 1, pad_top: 0, pad_left: 0, pad_bottom: 0, pad_right: 0)
      kernels.table.pointee.pool(&task)
      #expect(destination.elements.allSatisfy { $0.isNaN })
    }
  }
}
