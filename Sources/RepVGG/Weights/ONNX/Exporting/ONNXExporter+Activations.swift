extension ONNXExporter {
  /// Writes an activation as the operator set has it.
  mutating func write(
    _ activation: Network.Activation, _ input: String, _ result: String, _ type: ElementType
  ) {
    switch activation {
    case .relu: add("Relu", [input], result)
    case .sigmoid: add("Sigmoid", [input], result)
    case .silu:
      let gate = unique(result + " sigmoid")
      add("Sigmoid", [input], gate)
      add("Mul", [input, gate], result)
    case .clip(let minimum, let maximum):
      let lower =
        minimum.isFinite ? constant(number: Double(minimum), type, result + " minimum") : ""
      var operands = [input, lower]
      if maximum.isFinite {
        operands.append(constant(number: Double(maximum), type, result + " maximum"))
      }
      while operands.last == "" { operands.removeLast() }
      add("Clip", operands, result)
    case .leakyReLU(let slope):
      add("LeakyRelu", [input], result, [ONNXAttribute("alpha", .float(slope))])
    case .hardSigmoid(let slope, let offset): hardSigmoid(input, result, slope, offset)
    case .hardSwish:
      if opset >= 14 {
        add("HardSwish", [input], result)
      } else {
        let gate = unique(result + " gate")
        hardSigmoid(input, gate, 1 / 6, 0.5)
        add("Mul", [input, gate], result)
      }
    case .gelu:
      if opset >= 20 { add("Gelu", [input], result) } else { writeOutGELU(input, result, type) }
    }
  }

  private mutating func hardSigmoid(
    _ input: String, _ result: String, _ slope: Float, _ offset: Float
  ) {
    add(
      "HardSigmoid", [input], result,
      [ONNXAttribute("alpha", .float(slope)), ONNXAttribute("beta", .float(offset))])
  }

  /// `x / 2 * (1 + erf(x / sqrt(2)))`.
  private mutating func writeOutGELU(
    _ input: String, _ result: String, _ type: ElementType
  ) {
    let (scaled, erf) = (unique(result + " scaled"), unique(result + " erf"))
    let (gate, product) = (unique(result + " gate"), unique(result + " product"))
    add(
      "Div",
      [input, constant(number: 2.0.squareRoot(), type, result + " divisor")], scaled)
    add("Erf", [scaled], erf)
    add("Add", [erf, constant(number: 1, type, result + " one")], gate)
    add("Mul", [input, gate], product)
    add("Mul", [product, constant(number: 0.5, type, result + " factor")], result)
  }
}
