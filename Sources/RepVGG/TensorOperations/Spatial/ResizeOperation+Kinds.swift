extension ResizeOperation {
  /// How elements between those of the input are made.
  package enum Interpolation: Sendable, Hashable {
    case nearest(Rounding)
    case linear
    /// Whether neighbours outside do not count; else the border is repeated.
    case cubic(coefficient: Float, excludesOutside: Bool)
  }

  /// Which neighbour is the nearest.
  package enum Rounding: String, Sendable {
    case preferFloor = "round_prefer_floor"
    case preferCeiling = "round_prefer_ceil"
    case floor
    case ceiling = "ceil"

    func callAsFunction(_ x: Double) -> Int {
      let rounded =
        switch self {
        case .preferFloor: (x - 0.5).rounded(.up)
        case .preferCeiling: (x + 0.5).rounded(.down)
        case .floor: x.rounded(.down)
        case .ceiling: x.rounded(.up)
        }
      // Far outside is outside.
      return Int(max(-1e9, min(1e9, rounded)))
    }
  }

  /// Where an element of the result is in the input.
  package enum Coordinates: String, Sendable {
    case halfPixel = "half_pixel"
    case halfPixelSymmetric = "half_pixel_symmetric"
    case pytorchHalfPixel = "pytorch_half_pixel"
    case alignCorners = "align_corners"
    case asymmetric
    case tfHalfPixel = "tf_half_pixel_for_nn"
  }
}

/// The map from the elements of an axis to those of a resized one.
struct ResizedAxis {
  private let inputSize: Int
  /// For each element of the result the elements that it is made of.
  let parts: [[(index: Int, weight: Double)]]

  /// Elements of the result along one axis.
  ///
  /// Where the scale is given and not the size (`isStated`), the length that corners are aligned to
  /// may be a fraction, as in ONNX's definition.
  init(
    from inputSize: Int, to size: Int, scale: Double, isStated: Bool,
    _ interpolation: ResizeOperation.Interpolation, _ coordinates: ResizeOperation.Coordinates
  ) {
    self.inputSize = inputSize
    let length = isStated ? scale * Double(inputSize) : Double(size)
    parts = (0..<size).map { index in
      let x = Double(index)
      let position =
        switch coordinates {
        case .halfPixel: (x + 0.5) / scale - 0.5
        case .halfPixelSymmetric:
          Double(inputSize) / 2 * (1 - Double(size) / (scale * Double(inputSize)))
            + (x + 0.5) / scale - 0.5
        case .pytorchHalfPixel: size > 1 ? (x + 0.5) / scale - 0.5 : 0
        case .alignCorners: length > 1 ? x * Double(inputSize - 1) / (length - 1) : 0
        case .asymmetric: x / scale
        case .tfHalfPixel: (x + 0.5) / scale
        }
      return Self.parts(position.isFinite ? position : 0, inputSize, interpolation)
    }
  }

  private static func parts(
    _ position: Double, _ size: Int, _ interpolation: ResizeOperation.Interpolation
  ) -> [(index: Int, weight: Double)] {
    func inside(_ index: Int) -> Int { max(0, min(size - 1, index)) }
    switch interpolation {
    case .nearest(let rounding): return [(inside(rounding(position)), 1)]
    case .linear:
      let place = max(0, min(Double(size - 1), position))
      let first = Int(place)
      let weight = place - Double(first)
      return [(first, 1 - weight), (inside(first + 1), weight)]
    case .cubic(let coefficient, let excludesOutside):
      let start = max(-1e9, min(1e9, position.rounded(.down)))
      let first = Int(start)
      var parts: [(index: Int, weight: Double)] = (-1...2).map {
        (first + $0, cubic(abs(position - start - Double($0)), Double(coefficient)))
      }
      if excludesOutside {
        parts.removeAll { !(0..<size).contains($0.index) }
        let sum = parts.reduce(0) { $0 + $1.weight }
        if sum != 0 { parts = parts.map { ($0.index, $0.weight / sum) } }
      }
      return parts.map { (inside($0.index), $0.weight) }
    }
  }

  /// Keys' cubic kernel.
  private static func cubic(_ x: Double, _ a: Double) -> Double {
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
  }

  /// The resized elements of `outer` groups of `inputSize` rows of `inner` elements.
  func apply(_ values: [Double], outer: Int, inner: Int) -> [Double] {
    var result = [Double](repeating: 0, count: outer * parts.count * inner)
    guard !values.isEmpty else { return result }
    for group in 0..<outer {
      for (row, parts) in parts.enumerated() {
        let target = (group * self.parts.count + row) * inner
        for part in parts where part.weight != 0 {
          let source = (group * inputSize + part.index) * inner
          for offset in 0..<inner {
            result[target + offset] += part.weight * values[source + offset]
          }
        }
      }
    }
    return result
  }
}
