/// What a linear expression can be evaluated to: a convolution, or as much of it as is needed.
///
/// The rules of ``ConvolutionGeometry`` decide, in all of them, what is a convolution.
protocol LinearValue {
  /// The sum of two values of the same input.
  consuming func adding(_ other: consuming Self) throws(RepVGGError) -> Self

  /// This value as the input of another one, which may pad with what this one gives for zero.
  consuming func followed(
    by next: consuming Self, padsWithImageOfZero: Bool
  ) throws(RepVGGError) -> Self

  /// The channels of two values of the same input.
  consuming func concatenated(with other: consuming Self) throws(RepVGGError) -> Self
}

extension LinearExpression {
  /// The value of the expression from those of its operators.
  ///
  /// - Parameters:
  ///   - inputChannels: Channels of the input that the expression reads.
  ///   - channels: The number of a value's output channels.
  ///   - value: The value of an operator that reads a number of channels.
  /// - Returns: The value of the whole.
  /// - Throws: What the operators and the rules of merging throw.
  func folded<Value: LinearValue>(
    inputChannels: Int, channels: (Value) -> Int,
    _ value: (any LinearOperator, Int) throws(RepVGGError) -> Value
  ) throws(RepVGGError) -> Value {
    if let linearOperator { return try value(linearOperator, inputChannels) }
    var result: Value?
    for child in children {
      guard let left = result else {
        result = try child.folded(inputChannels: inputChannels, channels: channels, value)
        continue
      }
      result = nil
      switch self {
      case .sum:
        result = try left.adding(
          child.folded(inputChannels: inputChannels, channels: channels, value))
      case .concatenation:
        result = try left.concatenated(
          with: child.folded(inputChannels: inputChannels, channels: channels, value))
      default:
        result = try left.followed(
          by: child.folded(inputChannels: channels(left), channels: channels, value),
          padsWithImageOfZero: child.linearOperator?.padsWithImageOfZero ?? false)
      }
    }
    if let result { return result }
    guard case .sequence = self else {
      throw RepVGGError(.badData, "a sum or concatenation of no branches")
    }
    return try value(Identity(), inputChannels)
  }
}
