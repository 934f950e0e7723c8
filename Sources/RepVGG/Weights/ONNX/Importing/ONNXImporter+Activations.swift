extension ONNXImporter {
  /// Reads a node as an activation, if it is one of those that networks have.
  ///
  /// - Returns: Whether it is.
  mutating func readActivation(_ node: ONNXNode) throws(RepVGGError) -> Bool {
    guard let place = source(node, 0), facts[place].elementType.isReal,
      let activation = try activation(node)
    else { return false }
    try define(node, .activation(activation), [place])
    return true
  }

  private func activation(_ node: ONNXNode) throws(RepVGGError) -> Network.Activation? {
    let parameters = try operation(node)
    switch node.type {
    case "Relu": return .relu
    case "Sigmoid": return .sigmoid
    case "HardSwish": return .hardSwish
    case "LeakyRelu": return .leakyReLU(slope: try parameters.float("alpha") ?? 0.01)
    case "HardSigmoid":
      return .hardSigmoid(
        slope: try parameters.float("alpha") ?? 0.2, offset: try parameters.float("beta") ?? 0.5)
    case "Gelu": return try parameters.string("approximate") ?? "none" == "none" ? .gelu : nil
    case "Clip":
      guard let minimum = try limit(parameters, 1, "min", -Float.infinity),
        let maximum = try limit(parameters, 2, "max", Float.infinity), minimum <= maximum
      else { return nil }
      return .clip(minimum: minimum, maximum: maximum)
    default: return nil
    }
  }

  /// A limit of a clip, an attribute before operator set 11 and an input since; nil if it is
  /// computed.
  private func limit(
    _ node: ONNXOperator, _ index: Int, _ name: String, _ absent: Float
  ) throws(RepVGGError) -> Float? {
    if opset < 11 { return try node.float(name) ?? absent }
    guard node.has(index) else { return absent }
    guard node.constants.indices.contains(index), let values = node.constants[index]?.reals,
      values.count == 1
    else { return nil }
    return Float(values[0])
  }
}
