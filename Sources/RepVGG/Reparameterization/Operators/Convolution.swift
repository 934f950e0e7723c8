/// A convolution as stored in a checkpoint.
public struct Convolution: Sendable {
  /// `[outputChannels, inputChannels / groups, height, width]`, at most 63 pixels a side, with those
  /// that dilation leaves out.
  public var kernel: Tensor
  /// `[outputChannels]`, or nil for none.
  public var bias: Tensor?
  /// Steps down and across.
  public var stride: Size2D
  /// Zeros on each side; negative where the image is cropped.
  public var padding: Padding
  /// Distances of the kernel's pixels, 1 for a dense kernel.
  public var dilation: Size2D
  /// Number of channel groups.
  public var groups: Int

  /// A convolution with its own stride and padding for each direction.
  public init(
    kernel: Tensor, bias: Tensor? = nil, stride: Size2D, padding: Padding, dilation: Size2D = 1,
    groups: Int = 1
  ) {
    self.kernel = kernel
    self.bias = bias
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  /// A convolution with the same stride and padding for all directions; padding defaults to half the
  /// kernel's height and width.
  public init(
    kernel: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int? = nil, groups: Int = 1
  ) {
    let size = Self.size(kernel)
    self.init(
      kernel: kernel, bias: bias, stride: Size2D(stride),
      padding: padding.map { Padding($0) }
        ?? Padding(vertical: size.height / 2, horizontal: size.width / 2), groups: groups)
  }

  /// Rows and columns of the kernel.
  public var kernelSize: Size2D { Self.size(kernel) }
  /// Output channels.
  public var outputChannels: Int { kernel.shape.first ?? 0 }
  /// The kernel, and the bias if there is one.
  public var tensors: [Tensor] { [kernel] + (bias.map { [$0] } ?? []) }

  private static func size(_ kernel: Tensor) -> Size2D {
    kernel.shape.count == 4 ? Size2D(height: kernel.shape[2], width: kernel.shape[3]) : 1
  }
}

extension Convolution: LinearOperator {
  package var label: String { "conv\(kernelSize.height)x\(kernelSize.width)" }
  package var isConvolution: Bool { true }

  /// The geometry, checked against the channels that are read.
  ///
  /// - Throws: `badData` if kernel, bias and groups do not fit, `unsupported` beyond the limits.
  package func geometry(inputChannels: Int) throws(RepVGGError) -> ConvolutionGeometry {
    let shape = kernel.shape
    guard shape.count == 4, shape.allSatisfy({ $0 > 0 }) else {
      throw RepVGGError(
        .badData, "has shape \(shape), a convolution kernel has four dimensions",
        tensor: kernel.name)
    }
    guard groups > 0, shape[1].multipliedReportingOverflow(by: groups) == (inputChannels, false),
      shape[0] % groups == 0
    else {
      throw RepVGGError(
        .badData,
        "has shape \(shape), which does not fit \(inputChannels) input channels"
          + " in \(groups) groups", tensor: kernel.name)
    }
    guard bias.map({ $0.count == shape[0] }) ?? true else {
      throw RepVGGError(
        .badData, "has \(bias?.count ?? 0) elements for \(shape[0]) output channels",
        tensor: bias?.name)
    }
    do throws(RepVGGError) {
      return try ConvolutionGeometry(
        inputChannels: inputChannels, outputChannels: shape[0],
        checking: Size2D(height: shape[2], width: shape[3]), stride: stride, padding: padding,
        dilation: dilation, groups: groups)
    } catch {
      throw error.inTensor(kernel.name)
    }
  }

  package func outline(inputChannels: Int) throws(RepVGGError) -> ConvolutionOutline {
    let geometry = try geometry(inputChannels: inputChannels)
    return ConvolutionOutline(
      geometry: geometry, factors: nil, bias: try biases(geometry.outputChannels))
  }

  package func reduced(inputChannels: Int) throws(RepVGGError) -> ReducedConvolution {
    let geometry = try geometry(inputChannels: inputChannels)
    return ReducedConvolution(
      dense: try kernel.finiteDoubles(), bias: try biases(geometry.outputChannels), geometry)
  }

  private func biases(_ count: Int) throws(RepVGGError) -> [Double] {
    try bias?.finiteDoubles() ?? [Double](repeating: 0, count: count)
  }

  package func evaluate(
    on image: ReferenceNetwork.Image, _ pool: ThreadPool
  ) throws(RepVGGError) -> ReferenceNetwork.Image {
    let (kernel, bias) = (try kernel.doubles(), try bias?.doubles())
    let geometry = try geometry(inputChannels: image.channels)
    return try image.convolved(geometry, kernel: kernel, bias: bias, pool)
  }
}

extension ConvolutionGeometry {
  /// The geometry of an operator as it is stored, if its numbers are within the limits.
  ///
  /// - Throws: `badData` for strides and dilations that are not positive, `unsupported` beyond the
  ///   limits.
  init(
    inputChannels: Int, outputChannels: Int, checking kernelSize: Size2D, stride: Size2D,
    padding: Padding, dilation: Size2D, groups: Int
  ) throws(RepVGGError) {
    let counts = [kernelSize, stride, dilation].flatMap { [$0.height, $0.width] }
    guard counts.allSatisfy({ $0 > 0 }) else {
      throw RepVGGError(
        .badData, "has kernel \(kernelSize), stride \(stride) and dilation \(dilation)")
    }
    let limit = Self.distanceLimit
    guard counts.allSatisfy({ $0 <= limit }),
      padding.sides.allSatisfy({ (-limit...limit).contains($0) })
    else {
      throw RepVGGError(
        .unsupported,
        "has kernel \(kernelSize), stride \(stride), padding \(padding) and dilation \(dilation),"
          + " at most \(limit) each is supported")
    }
    self = try ConvolutionGeometry(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: kernelSize,
      stride: stride, padding: padding, dilation: dilation, groups: groups
    ).checked()
  }
}
