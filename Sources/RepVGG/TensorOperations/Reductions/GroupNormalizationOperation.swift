/// Groups of channels of every image standardized, then scaled and shifted by channel.
package struct GroupNormalizationOperation: TensorOperation {
  package static let operatorTypes = ["GroupNormalization"]

  package var groupCount: Int
  package var epsilon: Float
  /// Whether scale and shift have a number for each group, as before operator set 21.
  package var scalesGroups: Bool

  package init(groupCount: Int, epsilon: Float = 1e-5, scalesGroups: Bool = false) {
    self.groupCount = groupCount
    self.epsilon = epsilon
    self.scalesGroups = scalesGroups
  }

  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    guard let groups = try node.int("num_groups"), groups > 0 else {
      throw node.invalid("it has no number of groups")
    }
    return node.reading(
      GroupNormalizationOperation(
        groupCount: groups, epsilon: try node.float("epsilon") ?? 1e-5,
        scalesGroups: node.opset < 21), 3)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    if opset < 18 { throw notIn(opset: opset, since: 18) }
    if !scalesGroups, opset < 21 { throw notIn(opset: opset, since: 21) }
    if scalesGroups, opset >= 21 {
      throw RepVGGError(
        .unsupported, "\(operatorType) with a scale for each group is not in operator sets from 21")
    }
    return ONNXForm(
      "GroupNormalization",
      attributes: [
        ONNXAttribute("num_groups", .int(Int64(groupCount))),
        ONNXAttribute("epsilon", .float(epsilon)),
      ], inputs: [.value(0), .value(1), .value(2)])
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard let dimensions = input.dimensions else { return input.with(nil) }
    guard dimensions.count >= 2 else { throw invalid("its input has no channels") }
    if let channels = dimensions[1].size, channels % groupCount != 0 {
      throw invalid("\(channels) channels are not \(groupCount) groups")
    }
    return input.with(dimensions)
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    _ = try resultShape(of: inputs)
    var result = try inputs.required(0, self)
    var values = try inputs.reals(0, self)
    let channels = try channels(result.shape, atLeast: 2)
    let count = scalesGroups ? groupCount : channels
    let scale = try perChannel(inputs, 1, count: count)
    let shift = try perChannel(inputs, 2, count: count)
    guard result.count > 0 else { return result }
    let perGroup = channels / groupCount
    let pixels = result.shape[2...].reduce(1, *)
    let layout = AxisLayout([result.shape[0] * groupCount, perGroup * pixels], axes: [1])
    Normalization.standardize(&values, layout, epsilon: Double(epsilon)) { group, place, value in
      let group = group % groupCount
      let index = scalesGroups ? group : group * perGroup + place / pixels
      return value * scale[index] + shift[index]
    }
    result.elements = .real(values)
    return result
  }
}
