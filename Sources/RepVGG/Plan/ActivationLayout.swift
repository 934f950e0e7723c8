/// How one activation is stored: NHWC with a border of zeros around every image.
///
/// A pixel is `pixelStride` floats, the channels followed by zeros up to a multiple of
/// ``channelBlock``; a row is `width + 2 * border` pixels, an image `height + 2 * border` rows. So a
/// 3x3 kernel reads its padding like any pixel, kernels need no bounds checks, and whole vectors may
/// be read and written. The network's input is not padded: `pixelStride` is its channels, 3 as a rule.
/// A vector is an image of one pixel without a border.
package struct ActivationLayout: Sendable, Hashable {
  /// Channels are padded with zeros to a multiple of this many floats.
  package static let channelBlock = 16

  package let batch: Int
  package let height: Int
  package let width: Int
  package let channels: Int
  /// Pixels of zeros on each side of an image.
  package let border: Int
  /// Floats from one pixel to the next.
  package let pixelStride: Int

  package init(
    batch: Int, height: Int, width: Int, channels: Int, border: Int = 1, padded: Bool = true
  ) {
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    self.border = border
    let block = Self.channelBlock
    self.pixelStride = padded ? channels.roundedUp(to: block) : channels
  }

  /// A vector for each image.
  static func vector(batch: Int, count: Int) -> ActivationLayout {
    ActivationLayout(batch: batch, height: 1, width: 1, channels: count, border: 0)
  }

  /// The same images, another number of them.
  package func withBatch(_ batch: Int) -> ActivationLayout {
    ActivationLayout(
      batch: batch, height: height, width: width, channels: channels, border: border,
      padded: pixelStride != channels)
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
