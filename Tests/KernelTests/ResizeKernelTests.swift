import CKernels
import RepVGG
import TestSupport
import Testing

@Suite struct ResizeKernelTests {
  /// Tables with repeated, reversed and distant places.
  private func places(_ count: Int, of size: Int, _ random: inout SeededGenerator)
    -> [rvgk_resize_place]
  {
    (0..<count).map { index in
      let first = Int((random.float() + 1) / 2 * Float(size)) % size
      let second = index % 3 == 0 ? first : (first + index) % size
      return rvgk_resize_place(
        first: Int32(first), second: Int32(second), weight: abs(random.float()))
    }
  }

  @Test(arguments: Kernels.reachable, [true, false])
  func readsWhereTheTablesSay(kernels: Kernels, isLinear: Bool) {
    var worst = 0.0
    for (height, width, rows, columns, channels) in [
      (4, 5, 8, 10, 16), (7, 3, 5, 11, 21), (1, 1, 3, 2, 8), (6, 9, 1, 1, 40), (2, 2, 0, 4, 8),
    ] {
      var random = SeededGenerator(seed: UInt64(height * 10 + width))
      let vector = kernels.vectorWidth
      let padded = (channels + vector - 1) / vector * vector
      let (sourcePixel, pixel) = (padded + 1, padded + 6)
      let (sourceRow, row) = (sourcePixel * width + 2, pixel * columns + 3)
      let source = GuardedBuffer(
        random.floats((height - 1) * sourceRow + (width - 1) * sourcePixel + padded))
      let destination = GuardedBuffer(count: rows * row)
      let down = places(rows, of: height, &random)
      let across = places(columns, of: width, &random)
      down.withUnsafeBufferPointer { down in
        across.withUnsafeBufferPointer { across in
          guard let rowPlaces = down.baseAddress, let columnPlaces = across.baseAddress else {
            return
          }
          var task = rvgk_resize_task(
            src: source.start, src_row_stride: sourceRow, src_pixel_stride: sourcePixel,
            dst: destination.start, dst_row_stride: row, dst_pixel_stride: pixel,
            rows: Int32(rows), width: Int32(columns), channels: Int32(channels),
            row_places: rowPlaces, column_places: columnPlaces)
          let table = kernels.table.pointee
          (isLinear ? table.resize_linear : table.resize_nearest)(&task)
        }
      }
      #expect(destination.guardsAreIntact == true)
      for place in 0..<destination.count {
        let (y, inRow) = place.quotientAndRemainder(dividingBy: row)
        let (x, channel) = inRow.quotientAndRemainder(dividingBy: pixel)
        let value = destination.start[place]
        guard x < columns, channel < padded else {
          #expect(value.isNaN, "wrote outside of the pixels")
          continue
        }
        func sample(_ y: Int32, _ x: Int32) -> Double {
          Double(source.start[Int(y) * sourceRow + Int(x) * sourcePixel + channel])
        }
        guard isLinear else {
          #expect(Double(value) == sample(down[y].first, across[x].first))
          continue
        }
        var (sum, magnitude) = (0.0, 0.0)
        for (row, rowWeight) in Self.terms(down[y]) {
          for (column, columnWeight) in Self.terms(across[x]) {
            let term = rowWeight * columnWeight * sample(row, column)
            sum += term
            magnitude += abs(term)
          }
        }
        // A rounding for 1 - weight, one for each product and sum, in each dimension.
        let ratio = abs(Double(value) - sum) / (gamma(6) * magnitude + 1e-30)
        worst = max(worst, ratio.isNaN ? .infinity : ratio)
      }
    }
    #expect(worst <= 1 && (worst > 0.05 || !isLinear))
  }

  private static func terms(_ place: rvgk_resize_place) -> [(Int32, Double)] {
    [(place.first, 1 - Double(place.weight)), (place.second, Double(place.weight))]
  }
}
