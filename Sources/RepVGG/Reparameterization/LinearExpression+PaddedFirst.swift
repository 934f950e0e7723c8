extension LinearExpression {
  /// Operators of a sequence in which no padding depends on what comes before it: padding with the
  /// image of zero becomes zeros around the input.
  ///
  /// - Throws: `unsupported` if the operators before such a padding read more than single pixels.
  static func paddedFirst(
    _ operators: [LinearExpression], inputChannels: Int
  ) throws(RepVGGError) -> [LinearExpression] {
    var result: [LinearExpression] = []
    for expression in operators {
      guard case .padWithImageOfZero(let padding) = expression else {
        result.append(expression)
        continue
      }
      let before = try LinearExpression.sequence(result).geometry(inputChannels: inputChannels)
      guard before.kernelSize == 1, before.stride == 1, before.padding.sides.allSatisfy({ $0 >= 0 })
      else {
        throw RepVGGError(
          .unsupported,
          "padding with the image of zero after operators that read more than single pixels")
      }
      result.insert(.pad(padding), at: 0)
    }
    return result
  }
}
