import CKernels
import RepVGG
import TestSupport
import Testing

@Suite struct PixelKernelTests {
  @Test(arguments: Kernels.reachable)
  func convertsPlanesToPixels(kernels: Kernels) {
    for (width, channels, stride) in [(37, 3, 3), (16, 3, 3), (5, 20, 32), (1, 1, 16)] {
      var random = SeededGenerator(seed: 3)
      let rows = 3
      let planes = GuardedBuffer(random.floats(channels * rows * width))
      let rowStride = (width + 2) * stride
      let pixels = GuardedBuffer(count: rows * rowStride)
      var task = rvgk_layout_task(
        plane_stride: rows * width, plane_row_stride: width, row_stride: rowStride,
        pixel_stride: stride, rows: Int32(rows), width: Int32(width), channels: Int32(channels))
      kernels.table.pointee.planes_to_pixels(planes.start, pixels.start + stride, &task)
      let back = GuardedBuffer(count: planes.count)
      kernels.table.pointee.pixels_to_planes(pixels.start + stride, back.start, &task)
      #expect(pixels.guardsAreIntact && back.guardsAreIntact)
      #expect(back.elements == planes.elements, "\(kernels.name) \(width)")
      for y in 0..<rows {
        for x in 0..<width + 2 {
          for c in 0..<stride {
            let value = pixels.start[y * rowStride + x * stride + c]
            if (1...width).contains(x), c < channels {
              #expect(value == planes.start[(c * rows + y) * width + x - 1])
            } else {
              #expect(value.isNaN, "wrote outside of the pixels")
            }
          }
        }
      }
    }
  }

  @Test(arguments: Kernels.reachable)
  func averagesInDouble(kernels: Kernels) {
    var random = SeededGenerator(seed: 11)
    let (height, width, channels, stride) = (7, 5, 32, 48)
    let pixels = random.floats(height * (width + 1) * stride)
    let source = GuardedBuffer(pixels)
    let mean = GuardedBuffer(count: channels)
    kernels.table.pointee.global_mean(
      source.start, (width + 1) * stride, stride, Int32(height), Int32(width), Int32(channels),
      mean.start)
    #expect(mean.guardsAreIntact == true)
    for c in 0..<channels {
      var sum = 0.0
      for y in 0..<height {
        for x in 0..<width { sum += Double(pixels[(y * (width + 1) + x) * stride + c]) }
      }
      let expected = sum / Double(height * width)
      #expect(abs(Double(mean.start[c]) - expected) <= abs(expected) * 0x1p-23)
    }
  }

  @Test(arguments: Kernels.reachable)
  func appliesEveryPointwiseForm(kernels: Kernels) {
    for form in 0..<16 {
      var random = SeededGenerator(seed: UInt64(form))
      let (rows, width, channels) = (2, 3, 32)
      let stride = 48
      let rowStride = (width + 2) * stride
      let source = random.floats(rows * rowStride)
      let src = GuardedBuffer(source)
      let addend = GuardedBuffer(random.floats(rows * rowStride))
      let dst = GuardedBuffer(count: rows * rowStride)
      let scale = GuardedBuffer(random.floats(channels))
      let shift = GuardedBuffer(random.floats(channels))
      func uses(_ bit: Int) -> Bool { form >> bit & 1 == 1 }
      var task = rvgk_pointwise_task(
        src: src.start, src_row_stride: rowStride, dst: dst.start, dst_row_stride: rowStride,
        pixel_stride: stride, rows: Int32(rows), width: Int32(width), channels: Int32(channels),
        scale: uses(0) ? UnsafePointer(scale.start) : nil,
        shift: uses(1) ? UnsafePointer(shift.start) : nil,
        addend: uses(2) ? UnsafePointer(addend.start) : nil, relu_after: uses(3) ? 1 : 0)
      kernels.table.pointee.pointwise(&task)
      #expect(dst.guardsAreIntact == true)
      for place in 0..<dst.count {
        let (x, c) = (place % rowStride / stride, place % stride)
        guard x < width, c < channels else {
          #expect(dst.start[place].isNaN, "wrote outside of the pixels")
          continue
        }
        var value = Double(source[place])
        if uses(0) { value *= Double(scale.start[c]) }
        if uses(1) { value += Double(shift.start[c]) }
        if uses(2) { value += Double(addend.start[place]) }
        if uses(3) { value = max(0, value) }
        #expect(abs(Double(dst.start[place]) - value) <= 3 * gamma(3))
      }
    }
  }

  @Test(arguments: Kernels.reachable)
  func reluKeepsNaN(kernels: Kernels) {
    let pixel = GuardedBuffer([Float](repeating: -1, count: 15) + [.nan])
    var task = rvgk_pointwise_task(
      src: pixel.start, src_row_stride: 16, dst: pixel.start, dst_row_stride: 16,
      pixel_stride: 16, rows: 1, width: 1, channels: 16, scale: nil, shift: nil, addend: nil,
      relu_after: 1)
    kernels.table.pointee.pointwise(&task)
    #expect(pixel.elements.dropLast().allSatisfy { $0 == 0 })
    #expect(pixel.elements[15].isNaN)
  }

  @Test func zerosBordersOnly() {
    let layout = ActivationLayout(batch: 2, height: 3, width: 4, channels: 16)
    let activation = GuardedBuffer(count: layout.elementCount)
    rvgk_zero_borders(activation.start, 2, 3, 4, layout.pixelStride)
    #expect(activation.guardsAreIntact == true)
    #expect(activation.elements.count { $0.isNaN } == 2 * 3 * 4 * 16)
    for y in 0..<3 {
      for x in 0..<4 { #expect(activation.start[layout.offset(image: 1, y: y, x: x)].isNaN) }
    }
  }
}
