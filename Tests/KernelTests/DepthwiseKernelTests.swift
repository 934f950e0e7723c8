import CKernels
import RepVGG
import TestSupport
import Testing

/// Depthwise kernels against Double, between guards, with strides that leave gaps.
@Suite struct DepthwiseKernelTests {
  /// A convolution whose pixels, rows and addend have strides of their own.
  struct Case: Sendable, CustomTestStringConvertible {
    var kernel = (height: 3, width: 3)
    var stride = (y: 1, x: 1)
    var dilation = (y: 1, x: 1)
    var multiplier = 1
    var rows = 3
    var width = 9
    var channels = 16
    /// Floats from one source pixel to the next, where they are not three more than its channels.
    var sourcePixelStride: Int?
    var hasBias = true
    var hasAddend = false
    var activation: ActivationCase? = nil

    var testDescription: String {
      "\(kernel) stride \(stride) dilation \(dilation) times \(multiplier), "
        + "\(rows)x\(width)x\(channels) \(activation?.testDescription ?? "")"
        + (hasAddend ? " with addend" : "")
    }

    var taps: Int { kernel.height * kernel.width }
  }

  static let cases: [Case] = {
    var cases: [Case] = []
    for size in [3, 5, 7] {
      for stride in [1, 2] {
        for width in [1, 2, 5, 7, 8, 9, 15, 23] {
          cases.append(
            Case(
              kernel: (size, size), stride: (stride, stride), width: width,
              channels: [8, 16, 24, 40][width % 4], hasBias: width != 2, hasAddend: width % 3 == 0)
          )
        }
        // More channels than one slice of weights holds.
        cases.append(
          Case(
            kernel: (size, size), stride: (stride, stride), rows: 2, width: 2,
            channels: size == 3 ? 260 : 110))
        cases.append(
          Case(
            kernel: (size, size), stride: (stride, stride), rows: 4, width: 9, channels: 40,
            sourcePixelStride: 1024, hasAddend: true))
      }
    }
    for (index, activation) in ActivationCase.all.enumerated() {
      cases.append(
        Case(
          stride: index % 2 == 0 ? (1, 1) : (2, 2), rows: 2, width: 6, channels: 21,
          hasAddend: index % 3 == 0, activation: activation))
      cases.append(
        Case(kernel: (2, 3), rows: 2, width: 4, channels: 19, activation: activation))
    }
    for multiplier in [1, 2, 3, 4] {
      for width in 1...9 {
        cases.append(
          Case(
            kernel: (3, 3), multiplier: multiplier, rows: 2, width: width, channels: 48,
            hasAddend: width == 4))
      }
      cases.append(Case(multiplier: multiplier, rows: 1, width: 3, channels: 260))
    }
    cases += [
      Case(kernel: (1, 5)), Case(kernel: (4, 1), stride: (3, 1)),
      Case(kernel: (3, 3), stride: (2, 1)), Case(kernel: (3, 3), dilation: (2, 2), width: 12),
      Case(kernel: (5, 5), dilation: (1, 3)), Case(kernel: (13, 13), rows: 2, channels: 24),
      Case(kernel: (2, 2), stride: (2, 2), dilation: (3, 1), multiplier: 2, channels: 32),
      Case(kernel: (31, 3), rows: 1, width: 11, channels: 8),
      // Pixels of the same sets of a cache, in one strip of columns and in several.
      Case(rows: 2, width: 131, channels: 21, sourcePixelStride: 512),
      Case(
        kernel: (7, 7), stride: (2, 2), rows: 3, width: 40, channels: 40, sourcePixelStride: 256),
      Case(kernel: (1, 1), width: 17, channels: 12), Case(rows: 0), Case(width: 0),
    ]
    return cases
  }()

  /// Buffers and strides of a case at one level.
  private struct Operands: ~Copyable {
    let layer: Case
    let vectorWidth: Int
    let padded: Int
    let sourceChannels: Int
    let source: GuardedBuffer
    let weights: GuardedBuffer
    let bias: GuardedBuffer
    let addend: GuardedBuffer
    let destination: GuardedBuffer
    let sourceStride: (row: Int, pixel: Int)
    let addendStride: (row: Int, pixel: Int)
    let destinationStride: (row: Int, pixel: Int)

    init(_ layer: Case, _ kernels: Kernels) {
      self.layer = layer
      vectorWidth = kernels.vectorWidth
      padded = (layer.channels + vectorWidth - 1) / vectorWidth * vectorWidth
      // Where one sample serves several channels, only the samples of whole vectors are there.
      let samples = (padded - 1) / layer.multiplier + 1
      sourceChannels = samples
      var random = SeededGenerator(seed: UInt64(layer.taps * 1000 + layer.width))
      func strides(_ channels: Int, _ gap: Int, width: Int) -> (row: Int, pixel: Int) {
        ((channels + gap) * width + gap, channels + gap)
      }
      let columns =
        max(0, layer.width - 1) * layer.stride.x + (layer.kernel.width - 1) * layer.dilation.x + 1
      let sourceRows =
        max(0, layer.rows - 1) * layer.stride.y + (layer.kernel.height - 1) * layer.dilation.y + 1
      let gap = (layer.sourcePixelStride ?? samples + 3) - samples
      sourceStride = strides(samples, gap, width: columns)
      addendStride = strides(padded, 5, width: layer.width)
      destinationStride = strides(padded, 2, width: layer.width)
      // Not a float more than what is read.
      var elements = random.floats(
        (sourceRows - 1) * sourceStride.row + (columns - 1) * sourceStride.pixel + sourceChannels)
      let usedSamples = (layer.channels - 1) / layer.multiplier + 1
      for place in elements.indices
      where place % sourceStride.row % sourceStride.pixel >= usedSamples {
        let inPixel = place % sourceStride.row % sourceStride.pixel
        elements[place] = inPixel < sourceChannels ? 0 : .nan
      }
      source = GuardedBuffer(elements)
      var packed = random.floats(padded * layer.taps)
      for place in packed.indices {
        let channel = place / (layer.taps * vectorWidth) * vectorWidth + place % vectorWidth
        if channel >= layer.channels { packed[place] = 0 }
      }
      weights = GuardedBuffer(packed)
      bias = GuardedBuffer(
        random.floats(padded).enumerated().map { $0.offset < layer.channels ? $0.element : 0 })
      let count = max(0, layer.rows - 1) * addendStride.row + layer.width * addendStride.pixel
      let stride = addendStride
      addend = GuardedBuffer(
        random.floats(count).enumerated().map { place, value in
          let channel = place % stride.row % stride.pixel
          return channel < layer.channels
            ? value
            : channel < (layer.channels + kernels.vectorWidth - 1) / kernels.vectorWidth
              * kernels.vectorWidth ? 0 : .nan
        })
      destination = GuardedBuffer(count: layer.rows * destinationStride.row)
    }

    /// Runs `rows` rows from `row`, `width` pixels from `x`.
    func run(_ kernels: Kernels, row: Int, rows: Int, x: Int, width: Int) {
      func call(_ activation: UnsafePointer<rvgk_activation>?) {
        var task = rvgk_depthwise_task(
          src: source.start + row * layer.stride.y * sourceStride.row
            + x * layer.stride.x * sourceStride.pixel,
          src_row_stride: sourceStride.row, src_pixel_stride: sourceStride.pixel,
          dst: destination.start + row * destinationStride.row + x * destinationStride.pixel,
          dst_row_stride: destinationStride.row, dst_pixel_stride: destinationStride.pixel,
          addend: layer.hasAddend
            ? UnsafePointer(addend.start + row * addendStride.row + x * addendStride.pixel) : nil,
          addend_row_stride: addendStride.row, addend_pixel_stride: addendStride.pixel,
          rows: Int32(rows), width: Int32(width), channels: Int32(layer.channels),
          kernel_height: Int32(layer.kernel.height), kernel_width: Int32(layer.kernel.width),
          stride_y: Int32(layer.stride.y), stride_x: Int32(layer.stride.x),
          dilation_y: Int32(layer.dilation.y), dilation_x: Int32(layer.dilation.x),
          multiplier: Int32(layer.multiplier), weights: weights.start,
          bias: layer.hasBias ? UnsafePointer(bias.start) : nil, activation: activation)
        kernels.table.pointee.depthwise(&task)
      }
      if let activation = layer.activation {
        withUnsafePointer(to: activation.task) { call($0) }
      } else {
        call(nil)
      }
    }

    /// The sum before the activation, and the sum of its terms' magnitudes.
    func expected(_ y: Int, _ x: Int, _ channel: Int) -> (sum: Double, magnitude: Double) {
      let start = layer.hasBias ? Double(bias.start[channel]) : 0
      var (sum, magnitude) = (start, abs(start))
      let block = channel / vectorWidth * vectorWidth * layer.taps + channel % vectorWidth
      for ky in 0..<layer.kernel.height {
        for kx in 0..<layer.kernel.width {
          let place =
            (y * layer.stride.y + ky * layer.dilation.y) * sourceStride.row
            + (x * layer.stride.x + kx * layer.dilation.x) * sourceStride.pixel
            + channel / layer.multiplier
          let weight = weights.start[block + (ky * layer.kernel.width + kx) * vectorWidth]
          let product = Double(source.start[place]) * Double(weight)
          sum += product
          magnitude += abs(product)
        }
      }
      if layer.hasAddend {
        let value = Double(addend.start[y * addendStride.row + x * addendStride.pixel + channel])
        sum += value
        magnitude += abs(value)
      }
      return (sum, magnitude)
    }
  }

  @Test(arguments: Kernels.reachable)
  func matchesTheOracle(kernels: Kernels) {
    var worst = 0.0
    for layer in Self.cases {
      let operands = Operands(layer, kernels)
      operands.run(kernels, row: 0, rows: layer.rows, x: 0, width: layer.width)
      #expect(operands.destination.guardsAreIntact == true, "\(layer.testDescription)")
      var largest = 0.0
      for place in 0..<operands.destination.count {
        let (y, inRow) = place.quotientAndRemainder(dividingBy: operands.destinationStride.row)
        let (x, channel) = inRow.quotientAndRemainder(
          dividingBy: operands.destinationStride.pixel)
        let value = Double(operands.destination.start[place])
        guard x < layer.width, channel < operands.padded else {
          #expect(value.isNaN, "wrote outside: \(layer.testDescription)")
          continue
        }
        guard channel < layer.channels else {
          #expect(value == 0, "padding: \(layer.testDescription)")
          continue
        }
        let (sum, magnitude) = operands.expected(y, x, channel)
        let error = gamma(layer.taps + 2) * magnitude
        let wanted = layer.activation.map { $0.function(sum) } ?? sum
        let bound = layer.activation?.bound(sum, error: error) ?? error + 1e-30
        let ratio = abs(value - wanted) / bound
        largest = max(largest, ratio.isNaN ? .infinity : ratio)
      }
      #expect(largest <= 1, "\(layer.testDescription) at \(kernels.name)")
      worst = max(worst, largest)
    }
    print("depthwise at \(kernels.name): worst error is \(worst) of its bound")
    #expect(worst > 0.01, "the bound is too loose to find a defect")
  }

  @Test(arguments: Kernels.reachable)
  func cuttingAnImageDoesNotChangeBits(kernels: Kernels) {
    for layer in Self.cases where layer.rows > 1 && layer.width > 1 {
      let whole = Operands(layer, kernels)
      whole.run(kernels, row: 0, rows: layer.rows, x: 0, width: layer.width)
      let parts = Operands(layer, kernels)
      for row in 0..<layer.rows {
        parts.run(kernels, row: row, rows: 1, x: 0, width: 1)
        parts.run(kernels, row: row, rows: 1, x: 1, width: layer.width - 1)
      }
      let bits = whole.destination.elements.map(\.bitPattern)
      #expect(bits == parts.destination.elements.map(\.bitPattern), "\(layer.testDescription)")
    }
  }
}
