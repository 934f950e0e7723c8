/// A convolution of which no kernel is known: what decides whether an expression is one convolution.
package struct ConvolutionOutline: Sendable {
  package var geometry: ConvolutionGeometry
  /// One factor per channel where each output channel is one input channel times a factor; else nil.
  package var factors: [Double]?
  /// One bias per output channel; nil where it depends on a kernel.
  package var bias: [Double]?
}

extension ConvolutionOutline: LinearValue {
  /// What is known of a convolution without its kernel.
  init(_ convolution: ReducedConvolution) {
    geometry = convolution.geometry
    bias = convolution.bias
    if case .diagonal(let values) = convolution.storage { factors = values }
  }

  func adding(_ other: ConvolutionOutline) throws(RepVGGError) -> ConvolutionOutline {
    let sum = try geometry.adding(other.geometry)
    return ConvolutionOutline(
      geometry: sum,
      factors: sum.kernelSize == 1 ? Self.sum(factors, other.factors) : nil,
      bias: Self.sum(bias, other.bias))
  }

  func followed(
    by next: ConvolutionOutline, padsWithImageOfZero: Bool
  ) throws(RepVGGError) -> ConvolutionOutline {
    let hasBias = bias?.contains { $0 != 0 } ?? true
    var result = ConvolutionOutline(
      geometry: try geometry.followed(
        by: next.geometry, hasBias: hasBias, padsWithImageOfZero: padsWithImageOfZero),
      factors: nil, bias: hasBias ? nil : next.bias)
    if let nextFactors = next.factors {
      result.factors = factors.map { zip($0, nextFactors).map { $0 * $1 } }
      if let bias, let summands = next.bias {
        result.bias = bias.indices.map { bias[$0] * nextFactors[$0] + summands[$0] }
      }
    }
    return result
  }

  func concatenated(
    with other: ConvolutionOutline
  ) throws(RepVGGError) -> ConvolutionOutline {
    var joined: [Double]?
    if let bias, let otherBias = other.bias { joined = bias + otherBias }
    return ConvolutionOutline(
      geometry: try geometry.concatenated(with: other.geometry), factors: nil, bias: joined)
  }

  private static func sum(_ left: [Double]?, _ right: [Double]?) -> [Double]? {
    guard let left, let right else { return nil }
    return zip(left, right).map { $0 + $1 }
  }
}
