/// The value of a linear expression: one convolution, in Float64.
///
/// Convolutions that read one pixel of one channel (identity, batch norm, scale) are stored as
/// `diagonal`, one factor per channel, so that folding them costs one pass.
public struct ReducedConvolution: Sendable {
  /// How the kernel is stored.
  package enum Kernel: Sendable {
    /// `[channels]`: one factor per channel; kernel size 1, stride 1, padding 0.
    case diagonal([Double])
    /// `[outputChannels, inputChannels / groups, kernelSize, kernelSize]`, row-major.
    case dense([Double])
  }

  package var storage: Kernel
  /// One bias per output channel.
  public package(set) var bias: [Double]
  /// Input channels.
  public package(set) var inputChannels: Int
  /// Rows and columns of the kernel.
  public package(set) var kernelSize: Int
  /// Step in both directions.
  public package(set) var stride: Int
  /// Rows and columns of zeros on every side.
  public package(set) var padding: Int
  /// Number of channel groups.
  public package(set) var groups: Int

  /// Output channels.
  public var outputChannels: Int { bias.count }
  /// Input channels that one output channel reads.
  public var inputChannelsPerGroup: Int { inputChannels / groups }

  /// The kernel `[outputChannels, inputChannels / groups, kernelSize, kernelSize]`, row-major.
  public var kernel: [Double] {
    switch storage {
    case .dense(let values): values
    case .diagonal(let factors): factors
    }
  }

  /// The same without the weights.
  package var geometry: ConvolutionGeometry {
    var isDiagonal = false
    if case .diagonal = storage { isDiagonal = true }
    return ConvolutionGeometry(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: kernelSize,
      stride: stride, padding: padding, groups: groups, isDiagonal: isDiagonal)
  }

  package init(diagonal factors: [Double], summand: [Double]) {
    storage = .diagonal(factors)
    bias = summand
    inputChannels = factors.count
    kernelSize = 1
    stride = 1
    padding = 0
    groups = factors.count
  }

  package init(
    dense kernel: [Double], bias: [Double], inputChannels: Int, kernelSize: Int, stride: Int,
    padding: Int, groups: Int
  ) {
    storage = .dense(kernel)
    self.bias = bias
    self.inputChannels = inputChannels
    self.kernelSize = kernelSize
    self.stride = stride
    self.padding = padding
    self.groups = groups
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
