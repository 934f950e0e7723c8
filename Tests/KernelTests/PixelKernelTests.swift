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
    // Whole blocks of vectors and single ones, down to eight channels or the vector's.
    for channels in [64, 40, 24, 8].map({ max($0, kernels.vectorWidth) })
    where channels % kernels.vectorWidth == 0 {
      var random = SeededGenerator(seed: 11)
      let (height, width, stride) = (7, 5, channels + 16)
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
  }

  @Test(arguments: Kernels.reachable, [nil] + ActivationCase.all.map(Optional.some))
  func appliesEveryPointwiseForm(kernels: Kernels, activation: ActivationCase?) {
    for form in 0..<8 {
      for channels in [32, 21, 8] {
        var random = SeededGenerator(seed: UInt64(form))
        let vector = kernels.vectorWidth
        let padded = (channels + vector - 1) / vector * vector
        let (rows, width) = (2, 3)
        // Strides of their own, with gaps.
        let strides = (src: padded + 1, addend: padded + 4, dst: padded + 9)
        func operand(_ stride: Int) -> GuardedBuffer {
          let elements = random.floats(rows * (width + 2) * stride)
          return GuardedBuffer(
            elements.enumerated().map { $0.offset % stride < channels ? $0.element : 0 })
        }
        func factors() -> GuardedBuffer {
          let elements = random.floats(padded)
          return GuardedBuffer(
            elements.enumerated().map { $0.offset < channels ? $0.element : 0 })
        }
        let src = operand(strides.src)
        let addend = operand(strides.addend)
        let scale = factors()
        let shift = factors()
        let rowStride = (width + 2) * strides.dst
        let dst = GuardedBuffer(count: rows * rowStride)
        func uses(_ bit: Int) -> Bool { form >> bit & 1 == 1 }
        func run(_ activation: UnsafePointer<rvgk_activation>?) {
          var task = rvgk_pointwise_task(
            src: src.start, src_row_stride: (width + 2) * strides.src,
            src_pixel_stride: strides.src, dst: dst.start, dst_row_stride: rowStride,
            dst_pixel_stride: strides.dst, addend: uses(2) ? UnsafePointer(addend.start) : nil,
            addend_row_stride: (width + 2) * strides.addend,
            addend_pixel_stride: strides.addend, rows: Int32(rows), width: Int32(width),
            channels: Int32(channels), scale: uses(0) ? UnsafePointer(scale.start) : nil,
            shift: uses(1) ? UnsafePointer(shift.start) : nil, activation: activation)
          kernels.table.pointee.pointwise(&task)
        }
        if let activation {
          withUnsafePointer(to: activation.task) { run($0) }
        } else {
          run(nil)
        }
        #expect(dst.guardsAreIntact == true)
        for place in 0..<dst.count {
          let (y, inRow) = place.quotientAndRemainder(dividingBy: rowStride)
          let (x, c) = inRow.quotientAndRemainder(dividingBy: strides.dst)
          guard x < width, c < padded else {
            #expect(dst.start[place].isNaN, "wrote outside of the pixels")
            continue
          }
          guard c < channels else {
            #expect(dst.start[place] == 0, "the padding did not stay zero")
            continue
          }
          func element(_ operand: borrowing GuardedBuffer, _ stride: Int) -> Double {
            Double(operand.start[(y * (width + 2) + x) * stride + c])
          }
          var value = element(src, strides.src)
          if uses(0) { value *= Double(scale.start[c]) }
          if uses(1) { value += Double(shift.start[c]) }
          if uses(2) { value += element(addend, strides.addend) }
          let error = 3 * gamma(3)
          let wanted = activation?.function(value) ?? value
          let bound = activation?.bound(value, error: error) ?? error
          #expect(abs(Double(dst.start[place]) - wanted) <= bound)
        }
      }
    }
  }

  @Test(arguments: Kernels.reachable)
  func reluKeepsNaN(kernels: Kernels) {
    let pixel = GuardedBuffer([Float](repeating: -1, count: 15) + [.nan])
    var task = rvgk_pointwise_task(
      src: pixel.start, src_row_stride: 16, src_pixel_stride: 16, dst: pixel.start,
      dst_row_stride: 16, dst_pixel_stride: 16, addend: nil, addend_row_stride: 0,
      addend_pixel_stride: 0, rows: 1, width: 1, channels: 16, scale: nil, shift: nil,
      activation: rvgk_relu())
    kernels.table.pointee.pointwise(&task)
    #expect(pixel.elements.dropLast().allSatisfy { $0 == 0 })
    #expect(pixel.elements[15].isNaN)
  }

  @Test func zerosBordersOnly() {
    for (border, channels, stride) in [(1, 16, 16), (3, 16, 16), (2, 5, 12), (0, 8, 8)] {
      let (height, width) = (3, 4)
      let (outerHeight, outerWidth) = (height + 2 * border, width + 2 * border)
      let activation = GuardedBuffer(count: 2 * outerHeight * outerWidth * stride)
      rvgk_zero_borders(
        activation.start, 2, Int32(height), Int32(width), Int32(border), Int32(channels), stride)
      #expect(activation.guardsAreIntact == true)
      for place in 0..<activation.count {
        let (pixel, channel) = place.quotientAndRemainder(dividingBy: stride)
        let (y, x) = (pixel / outerWidth % outerHeight - border, pixel % outerWidth - border)
        let isInside = (0..<height).contains(y) && (0..<width).contains(x)
        if isInside || channel >= channels {
          #expect(activation.start[place].isNaN)
        } else {
          #expect(activation.start[place] == 0)
        }
      }
    }
  }
}
