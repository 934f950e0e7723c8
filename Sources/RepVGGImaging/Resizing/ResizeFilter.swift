/// How new pixels are computed from old ones when an image is resized.
///
/// Bilinear and bicubic widen with the scale when an image shrinks (antialiasing), as Pillow and
/// torchvision's PIL transforms do.
public enum ResizeFilter: String, Sendable, Hashable, CaseIterable {
  /// The pixel at the centre.
  case nearest
  /// A triangle, one pixel wide on each side.
  case bilinear
  /// Keys' cubic with a = -0.5, two pixels wide on each side.
  case bicubic

  /// The filter's radius at scale 1, in pixels.
  var support: Double {
    switch self {
    case .nearest: 0
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  /// The filter's value at a distance from its centre.
  ///
  /// Written in the order of operations that Pillow evaluates, so that Doubles agree to the bit
  /// (the cubic is R. Keys, "Cubic convolution interpolation for digital image processing", 1981).
  func weight(at distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .nearest:
      return 0
    case .bilinear:
      return x < 1 ? 1 - x : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    }
  }
}
