extension LinearExpression {
  /// The geometry of the convolution that the expression reduces to, from shapes alone.
  ///
  /// Biases are taken to be zero; ``mergedGeometry(inputChannels:)`` reads them.
  ///
  /// - Parameter inputChannels: Channels of the input that the expression reads.
  /// - Returns: What is read and written, and of what size.
  /// - Throws: What ``reduced(inputChannels:)`` throws without reading a weight: `badData` if tensors
  ///   do not fit together, `unsupported` with the reason if no single convolution is the same
  ///   function whatever its weights are.
  package func geometry(inputChannels: Int) throws(RepVGGError) -> ConvolutionGeometry {
    try folded(inputChannels: inputChannels, channels: \.outputChannels) {
      (operation, channels) throws(RepVGGError) in
      try operation.geometry(inputChannels: channels)
    }
  }

  /// The geometry of the convolution that the expression reduces to, from shapes, biases and batch
  /// norms; kernels are not read.
  ///
  /// - Parameter inputChannels: Channels of the input that the expression reads.
  /// - Returns: What is read and written, and of what size.
  /// - Throws: `unsupported` with the reason exactly where ``reduced(inputChannels:)`` throws it;
  ///   `badData` if tensors do not fit together, or if a value that was read is not finite.
  package func mergedGeometry(inputChannels: Int) throws(RepVGGError) -> ConvolutionGeometry {
    try outline(inputChannels: inputChannels).geometry
  }

  private func outline(inputChannels: Int) throws(RepVGGError) -> ConvolutionOutline {
    try folded(inputChannels: inputChannels, channels: \.geometry.outputChannels) {
      (operation, channels) throws(RepVGGError) in
      try operation.outline(inputChannels: channels)
    }
  }

  /// The expression as one convolution, in Float64.
  ///
  /// - Parameter inputChannels: Channels of the input that the expression reads.
  /// - Returns: The convolution that is the same function.
  /// - Throws: `badData` if tensors do not fit together or hold values that are not finite;
  ///   `unsupported` with the reason if no single convolution is the same function (strides that
  ///   differ between branches, a bias under zero padding, paddings that do not align).
  public func reduced(inputChannels: Int) throws(RepVGGError) -> ReducedConvolution {
    // Whether zeros may be padded depends on biases that a kernel alone decides; that is decided once,
    // and without kernels.
    _ = try mergedGeometry(inputChannels: inputChannels)
    return try folded(inputChannels: inputChannels, channels: \.outputChannels) {
      (operation, channels) throws(RepVGGError) in
      try operation.reduced(inputChannels: channels)
    }
  }

  /// Channels of the output, where the tensors fit together.
  func outputChannels(inputChannels: Int) -> Int {
    switch self {
    case .convolution(let convolution): convolution.outputChannels
    case .sequence(let operators):
      operators.reduce(inputChannels) { $1.outputChannels(inputChannels: $0) }
    case .sum(let terms):
      terms.first?.outputChannels(inputChannels: inputChannels) ?? inputChannels
    case .concatenation(let branches):
      branches.reduce(0) { sum, branch in
        // Wraps only for branches that no geometry accepts.
        sum &+ branch.outputChannels(inputChannels: inputChannels)
      }
    default: inputChannels
    }
  }
}

extension ConvolutionGeometry: LinearValue {
  func followed(
    by next: ConvolutionGeometry, padsWithImageOfZero: Bool
  ) throws(RepVGGError) -> ConvolutionGeometry {
    try followed(by: next, hasBias: false, padsWithImageOfZero: padsWithImageOfZero)
  }
}
