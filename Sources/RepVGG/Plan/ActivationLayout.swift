/// How one activation lies in memory: NHWC with a border of zeros around every image.
///
/// A pixel is `pixelStride` floats, the channels followed by zeros up to a multiple of
/// ``channelBlock``; a row is `width + 2` pixels, an image `height + 2` rows. So a 3x3 kernel
/// reads its padding like any pixel, kernels need no bounds checks, and whole vectors may be
/// read and written. The network's input is not padded: `pixelStride` is its channels, 3 as a rule.
package struct ActivationLayout: Sendable, Hashable {
  /// Channels are padded with zeros to a multiple of this many floats.
  package static let channelBlock = 16
  /// Pixels of zeros on each side of an image.
  package static let border = 1

  package let batch: Int
  package let height: Int
  package let width: Int
  package let channels: Int
  /// Floats from one pixel to the next.
  package let pixelStride: Int

  package init(batch: Int, height: Int, width: Int, channels: Int, padded: Bool = true) {
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    let block = Self.channelBlock
    self.pixelStride = padded ? (channels + block - 1) / block * block : channels
  }

  /// The same images, another number of them.
  package func withBatch(_ batch: Int) -> ActivationLayout {
    ActivationLayout(
      batch: batch, height: height, width: width, channels: channels,
      padded: pixelStride != channels)
  }

  /// Floats from one row to the next.
  package var rowStride: Int { (width + 2 * Self.border) * pixelStride }
  /// Floats from one image to the next.
  package var imageStride: Int { (height + 2 * Self.border) * rowStride }
  /// Floats of the whole activation, borders included.
  package var elementCount: Int { batch * imageStride }
  /// Offset in floats of the first channel of pixel (y, x) of an image, without the border.
  package func offset(image: Int, y: Int, x: Int) -> Int {
    image * imageStride + (y + Self.border) * rowStride + (x + Self.border) * pixelStride
  }
}
