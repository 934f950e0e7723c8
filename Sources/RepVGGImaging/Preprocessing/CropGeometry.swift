/// The part of an image that becomes the network's input: the arithmetic of torchvision's `Resize`
/// and `CenterCrop`, in integers.
struct CropGeometry: Sendable, Hashable {
  /// The size to which the whole image would be resized.
  let resizedWidth: Int
  let resizedHeight: Int
  /// The part of the resized image that is kept.
  let columns: Range<Int>
  let rows: Range<Int>
  /// Black pixels to the left and at the top, if the image is smaller than the crop.
  let leftPadding: Int
  let topPadding: Int

  /// The geometry for an image's size.
  ///
  /// The short side becomes `shortSide`, the long one `shortSide * long / short` truncated.
  init(width: Int, height: Int, shortSide: Int, cropSize: Int) {
    if width <= height {
      (resizedWidth, resizedHeight) = (shortSide, shortSide * height / width)
    } else {
      (resizedWidth, resizedHeight) = (shortSide * width / height, shortSide)
    }
    (columns, leftPadding) = Self.centre(of: resizedWidth, cropSize: cropSize)
    (rows, topPadding) = Self.centre(of: resizedHeight, cropSize: cropSize)
  }

  /// The centre of an axis, and the padding before it.
  private static func centre(of size: Int, cropSize: Int) -> (Range<Int>, Int) {
    if size < cropSize { return (0..<size, (cropSize - size) / 2) }
    let offset = halfRoundedToEven(size - cropSize)
    return (offset..<(offset + cropSize), 0)
  }

  /// Half of a number, rounded to the nearest integer, ties to even: Python's `round(n / 2)`.
  private static func halfRoundedToEven(_ number: Int) -> Int {
    let half = number / 2
    return number % 2 == 1 && half % 2 == 1 ? half + 1 : half
  }
}
