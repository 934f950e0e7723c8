/// How one activation is stored: NHWC with a border of zeros around every image.
///
/// A pixel is `pixelStride` floats, the channels followed by zeros up to a multiple of the kernels'
/// channel block; a row is `width + 2 * border` pixels, an image `height + 2 * border` rows. So a
/// kernel reads its padding like any pixel, needs no bounds checks, and may read and write whole
/// vectors. The network's input is not padded: `pixelStride` is its channels, 3 as a rule. A vector
/// is an image of one pixel without a border. Some channels of an activation are an activation, too:
/// a slice, whose pixels are as far apart as those of the whole.
package struct ActivationLayout: Sendable, Hashable {
  /// Channels are padded with zeros to a multiple of this many floats where no kernels say less.
  package static let channelBlock = 16

  package let batch: Int
  package let height: Int
  package let width: Int
  package let channels: Int
  /// Pixels of zeros on each side of an image.
  package let border: Int
  /// Floats of a pixel that belong to the activation: its channels and their padding.
  package let storedChannels: Int
  /// Floats from one pixel to the next; more than ``storedChannels`` in a slice.
  package let pixelStride: Int

  package init(
    batch: Int, height: Int, width: Int, channels: Int, border: Int = 1, padded: Bool = true,
    channelBlock: Int = channelBlock
  ) {
    let stored = padded ? channels.roundedUp(to: channelBlock) : channels
    self.init(
      batch: batch, height: height, width: width, channels: channels, border: border,
      storedChannels: stored, pixelStride: stored)
  }

  private init(
    batch: Int, height: Int, width: Int, channels: Int, border: Int, storedChannels: Int,
    pixelStride: Int
  ) {
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    self.border = border
    self.storedChannels = storedChannels
    self.pixelStride = pixelStride
  }

  /// A vector for each image.
  static func vector(
    batch: Int, count: Int, channelBlock: Int = channelBlock
  ) -> ActivationLayout {
    ActivationLayout(
      batch: batch, height: 1, width: 1, channels: count, border: 0, channelBlock: channelBlock)
  }

  /// Elements one after the other, of a tensor of any shape.
  static func dense(count: Int) -> ActivationLayout {
    ActivationLayout(batch: 1, height: 1, width: 1, channels: count, border: 0, padded: false)
  }

  /// The same images, another number of them.
  package func withBatch(_ batch: Int) -> ActivationLayout {
    ActivationLayout(
      batch: batch, height: height, width: width, channels: channels, border: border,
      storedChannels: storedChannels, pixelStride: pixelStride)
  }

  /// Some of the channels, of which so many floats of a pixel are stored.
  package func slice(channels: Int, storedChannels: Int) -> ActivationLayout {
    ActivationLayout(
      batch: batch, height: height, width: width, channels: channels, border: border,
      storedChannels: storedChannels, pixelStride: pixelStride)
  }

  /// Calls the body for every run of rows of one image among some rows of all images.
  @inline(__always)
  func forEachRun(
    of rows: Range<Int>, _ body: (_ image: Int, _ y: Int, _ rowCount: Int) -> Void
  ) {
    var row = rows.lowerBound
    while row < rows.upperBound {
      let (image, y) = row.quotientAndRemainder(dividingBy: height)
      let count = min(rows.upperBound - row, height - y)
      body(image, y, count)
      row += count
    }
  }

  /// Floats from one row to the next.
  package var rowStride: Int { (width + 2 * border) * pixelStride }
  /// Floats from one image to the next.
  package var imageStride: Int { (height + 2 * border) * rowStride }
  /// Floats of the whole activation, borders included.
  package var elementCount: Int { batch * imageStride }
  /// Offset in floats of the first channel of pixel (y, x) of an image, without the border.
  package func offset(image: Int, y: Int, x: Int) -> Int {
    image * imageStride + (y + border) * rowStride + (x + border) * pixelStride
  }
}
