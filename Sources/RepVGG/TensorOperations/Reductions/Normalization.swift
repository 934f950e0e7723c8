/// Statistics of groups of elements.
struct Normalization {
  /// Elements less their mean, divided by the root of variance plus epsilon, or plus `rootEpsilon`;
  /// calls with each element's place in its group.
  static func standardize(
    _ values: inout [Double], _ layout: AxisLayout, epsilon: Double = 0, rootEpsilon: Double = 0,
    _ affine: (_ group: Int, _ place: Int, _ value: Double) -> Double = { $2 }
  ) {
    let count = Double(layout.offsets.count)
    for (group, start) in layout.starts.enumerated() {
      let mean = layout.offsets.reduce(0) { $0 + values[Int(start + $1)] } / count
      let variance =
        layout.offsets.reduce(0) {
          let difference = values[Int(start + $1)] - mean
          return $0 + difference * difference
        } / count
      let scale = 1 / ((variance + epsilon).squareRoot() + rootEpsilon)
      for (place, offset) in layout.offsets.enumerated() {
        let index = Int(start + offset)
        values[index] = affine(group, place, (values[index] - mean) * scale)
      }
    }
  }
}

extension TensorOperation {
  /// The dimensions of an input that is normalized by channels, the second of them.
  func channels(_ shape: [Int], atLeast rank: Int) throws(RepVGGError) -> Int {
    guard shape.count >= rank else { throw invalid("its input has only \(shape.count) dimensions") }
    return shape[1]
  }

  /// An input of one number for each of some things.
  func perChannel(
    _ inputs: [ReferenceTensor?], _ index: Int, count: Int
  ) throws(RepVGGError) -> [Double] {
    let values = try inputs.reals(index, self)
    guard values.count == count else {
      throw invalid("its input \(index) has \(values.count) elements, not \(count)")
    }
    return values
  }

  /// Dimensions in which the channels agree with what is known of an input for each channel.
  func withChannels(
    _ dimensions: [Dimension]?, of other: TensorFacts?
  ) throws(RepVGGError) -> [Dimension]? {
    guard var dimensions else { return nil }
    guard dimensions.count >= 2 else { throw invalid("its input has no channels") }
    if let other = other?.dimensions {
      guard let count = other.first, let both = Dimension.same(dimensions[1], count) else {
        throw invalid("its inputs differ in the number of channels")
      }
      dimensions[1] = both
    }
    return dimensions
  }
}
