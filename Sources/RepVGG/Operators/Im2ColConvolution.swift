import CKernels
import COpenBLAS
import Glibc

/// Convolution as im2col and sgemm: runs on every CPU that OpenBLAS runs on, does every layer.
///
/// The patches of a bounded slice of output rows are gathered into a matrix of pixels by taps,
/// multiplied by the kernel matrix of taps by output channels, and stored with bias and
/// activation. A 1x1 kernel of stride 1 needs no patches: its matrix is the source itself,
/// borders included.
package struct Im2ColConvolution: ConvolutionAlgorithm {
  package let shape: ConvolutionShape
  package let epilogue: ConvolutionEpilogue
  /// Output rows of one slice.
  private let sliceRows: Int
  private let blas: BLASRuntime.Library
  private let kernels: Kernels
  private let activation: ActivationTask?

  /// A slice's patches take at most about this many bytes.
  private static let sliceByteCount = 1 << 20

  /// Plans the layer.
  ///
  /// - Throws: `unsupported` where OpenBLAS cannot be opened or the shape exceeds its integers.
  package init(_ layer: ConvolutionLayer, kernels: Kernels) throws(RepVGGError) {
    try layer.checkAddressable()
    blas = try BLASRuntime.open()
    shape = layer.shape
    epilogue = layer.epilogue
    activation = layer.epilogue.activation.map { ActivationTask($0) }
    self.kernels = kernels
    let depth = shape.tapCount * Self.tapChannels(shape)
    let rowByteCount = shape.destination.width * max(depth, shape.outputChannelsPerGroup) * 4
    sliceRows = max(1, min(shape.destination.height, Self.sliceByteCount / max(1, rowByteCount)))
  }

  package var name: String { Im2ColMethod.name }

  /// Channels that one tap gathers: dense layers read whole pixels, padding included.
  private static func tapChannels(_ shape: ConvolutionShape) -> Int {
    shape.groups == 1 ? shape.source.storedChannels : shape.inputChannelsPerGroup
  }

  /// Rows of the kernel matrix of one group.
  private var depth: Int { shape.tapCount * Self.tapChannels(shape) }
  /// Columns of the kernel matrix of one group.
  private var columns: Int { shape.outputChannelsPerGroup }
  private var readsInPlace: Bool { shape.isPointwise }
  /// Pixels from one row of the product to the next: in place, the border is computed along.
  private var productPitch: Int {
    shape.destination.width + (readsInPlace ? 2 * shape.source.border : 0)
  }

  package var packedElementCount: Int { shape.groups * depth * columns }

  package func scratchElementCount(workerCount: Int) -> Int {
    let pixels = sliceRows * productPitch
    return (readsInPlace ? 0 : (pixels * depth).roundedUp(to: 16)) + pixels * columns
  }

  package var packing: String { "im2col tap=\(Self.tapChannels(shape))" }

  package func pack(_ kernel: [Float], into packed: UnsafeMutablePointer<Float>) {
    let (taps, inner, channels) = (
      shape.tapCount, shape.inputChannelsPerGroup, Self.tapChannels(shape)
    )
    for output in 0..<shape.destination.channels {
      let (group, column) = (output / columns, output % columns)
      for input in 0..<inner {
        for tap in 0..<taps {
          packed[(group * depth + tap * channels + input) * columns + column] =
            kernel[(output * inner + input) * taps + tap]
        }
      }
    }
  }

  package func run(_ operands: ConvolutionOperands) {
    let rows = shape.destination.height
    let slicesPerImage = rows.dividedRoundingUp(by: sliceRows)
    let slices = shape.destination.batch * slicesPerImage
    let (worker, workers) = (operands.worker, operands.workerCount)
    // Fewer slices than workers: split each slice's rows instead.
    if slices < workers {
      let share = workerShare(shape.destination.batch * rows, worker: worker, count: workers)
      var row = share.lowerBound
      while row < share.upperBound {
        let image = row / rows
        let stop = min(share.upperBound, (image + 1) * rows, row + sliceRows)
        compute(image: image, rows: row - image * rows..<stop - image * rows, operands)
        row = stop
      }
      return
    }
    for slice in workerShare(slices, worker: worker, count: workers) {
      let first = slice % slicesPerImage * sliceRows
      compute(
        image: slice / slicesPerImage, rows: first..<min(rows, first + sliceRows), operands)
    }
  }

  private func compute(image: Int, rows: Range<Int>, _ operands: ConvolutionOperands) {
    let source = operands.source + image * shape.source.imageStride
    // In place, the last row's border pixels come after the pixels that are wanted.
    let pixels = rows.count * productPitch - (productPitch - shape.destination.width)
    let patches = operands.scratch
    let product = readsInPlace ? patches : patches + (pixels * depth).roundedUp(to: 16)
    for group in 0..<shape.groups {
      var matrix = UnsafePointer(patches)
      var pitch = depth
      if readsInPlace {
        matrix =
          source + shape.source.offset(image: 0, y: rows.lowerBound, x: 0)
          + group * shape.inputChannelsPerGroup
        pitch = shape.source.pixelStride
      } else {
        gather(source, group: group, rows: rows, into: patches)
      }
      blas.functions.sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(pixels), blasint(columns),
        blasint(depth), 1, matrix, blasint(pitch),
        operands.weights + group * depth * columns, blasint(columns), 0, product,
        blasint(columns))
      store(product, image: image, group: group, rows: rows, operands)
    }
  }

  /// Writes the patches of output rows, one pixel after the other: taps in order, channels inside.
  private func gather(
    _ source: UnsafePointer<Float>, group: Int, rows: Range<Int>,
    into patches: UnsafeMutablePointer<Float>
  ) {
    let layout = shape.source
    let channels = Self.tapChannels(shape)
    // Whole rows of the kernel at a time where its pixels are next to each other.
    let isDense =
      shape.groups == 1 && shape.dilation.width == 1 && layout.pixelStride == channels
    var patch = patches
    for y in rows {
      for x in 0..<shape.destination.width {
        for row in 0..<shape.kernelSize.height {
          let line =
            source + shape.sourceOrigin
            + (y * shape.stride.height + row * shape.dilation.height) * layout.rowStride
            + x * shape.stride.width * layout.pixelStride
          if isDense {
            patch.update(from: line, count: shape.kernelSize.width * channels)
            patch += shape.kernelSize.width * channels
          } else {
            for column in 0..<shape.kernelSize.width {
              patch.update(
                from: line + column * shape.dilation.width * layout.pixelStride + group * channels,
                count: channels)
              patch += channels
            }
          }
        }
      }
    }
  }

  /// Stores a slice's product: bias, summands, activation, zeros in padded channels.
  private func store(
    _ product: UnsafePointer<Float>, image: Int, group: Int, rows: Range<Int>,
    _ operands: ConvolutionOperands
  ) {
    let layout = shape.destination
    let firstChannel = group * columns
    let padding = group == shape.groups - 1 ? layout.storedChannels - layout.channels : 0
    let bias = operands.bias + firstChannel
    for y in rows {
      for x in 0..<layout.width {
        let sums = product + ((y - rows.lowerBound) * productPitch + x) * columns
        let pixel =
          operands.destination + layout.offset(image: image, y: y, x: x) + firstChannel
        var identity: (source: UnsafePointer<Float>, scale: UnsafePointer<Float>)?
        if epilogue.addsScaledIdentity {
          identity = (
            operands.source + shape.source.offset(image: image, y: y, x: x) + firstChannel,
            bias + layout.storedChannels
          )
        }
        let addend =
          epilogue.accumulates ? operands.addend + (pixel - operands.destination) : nil
        storePixel(sums, bias, identity, addend, pixel)
        for channel in columns..<columns + padding { pixel[channel] = 0 }
      }
    }
  }

  @inline(__always)
  private func storePixel(
    _ sums: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
    _ identity: (source: UnsafePointer<Float>, scale: UnsafePointer<Float>)?,
    _ addend: UnsafePointer<Float>?, _ pixel: UnsafeMutablePointer<Float>
  ) {
    for channel in 0..<columns {
      var value = sums[channel] + bias[channel]
      if let identity { value += identity.source[channel] * identity.scale[channel] }
      if let addend { value += addend[channel] }
      pixel[channel] = value
    }
    if let activation { kernels.apply(activation, to: pixel, count: columns) }
  }
}
