/// The value of a linear expression: one convolution, in Float64.
///
/// Convolutions that read one pixel of one channel (identity, batch norm, scale, padding) are stored as
/// `diagonal`, one factor per channel, so that folding them costs one pass.
public struct ReducedConvolution: Sendable {
  /// How the kernel is stored.
  package enum Kernel: Sendable {
    /// `[channels]`: one factor per channel; a kernel of one pixel, as many groups as channels.
    case diagonal([Double])
    /// `[outputChannels, inputChannels / groups, height, width]`, row-major.
    case dense([Double])
  }

  package var storage: Kernel
  /// One bias per output channel.
  public package(set) var bias: [Double]
  /// What is read and written.
  package var geometry: ConvolutionGeometry

  /// Input channels.
  public var inputChannels: Int { geometry.inputChannels }
  /// Output channels.
  public var outputChannels: Int { geometry.outputChannels }
  /// Rows and columns of the kernel.
  public var kernelSize: Size2D { geometry.kernelSize }
  /// Steps down and across.
  public var stride: Size2D { geometry.stride }
  /// Zeros on each side; negative where the image is cropped.
  public var padding: Padding { geometry.padding }
  /// Distances of the kernel's pixels, 1 for a dense kernel.
  public var dilation: Size2D { geometry.dilation }
  /// Number of channel groups.
  public var groups: Int { geometry.groups }
  /// Input channels that one output channel reads.
  public var inputChannelsPerGroup: Int { geometry.inputChannelsPerGroup }

  /// The kernel `[outputChannels, inputChannels / groups, height, width]`, row-major.
  public var kernel: [Double] {
    switch storage {
    case .dense(let values): values
    case .diagonal(let factors): factors
    }
  }

  /// One factor and one summand per channel.
  package init(diagonal factors: [Double], summand: [Double]) {
    self.init(diagonal: factors, bias: summand, .diagonal(channels: factors.count))
  }

  /// One factor per channel of a single pixel, at a stride or with padding.
  package init(diagonal factors: [Double], bias: [Double], _ geometry: ConvolutionGeometry) {
    storage = .diagonal(factors)
    self.bias = bias
    self.geometry = geometry
  }

  /// A kernel of any geometry.
  package init(dense kernel: [Double], bias: [Double], _ geometry: ConvolutionGeometry) {
    storage = .dense(kernel)
    self.bias = bias
    self.geometry = geometry
  }

  /// Kernel and bias, rounded once to Float32.
  ///
  /// - Throws: `badData` if a value is beyond Float32's range.
  public func rounded() throws(RepVGGError) -> (kernel: [Float], bias: [Float]) {
    (try Self.round(kernel), try Self.round(bias))
  }

  private static func round(_ values: [Double]) throws(RepVGGError) -> [Float] {
    let rounded = values.map { Float($0) }
    var probe: Float = 0
    for value in rounded { probe += value * 0 }
    guard probe == 0 else {
      throw RepVGGError(.badData, "a re-parameterized weight is beyond the range of Float32")
    }
    return rounded
  }
}
