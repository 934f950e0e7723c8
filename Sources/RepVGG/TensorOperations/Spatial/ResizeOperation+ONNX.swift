extension ResizeOperation {
  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    if node.node.type == "Upsample" || node.opset < 11 { return try upsample(node) }
    if try node.bool("antialias") { throw node.unsupported("antialias") }
    let mode = try node.string("mode") ?? "nearest"
    let interpolation: Interpolation
    switch mode {
    case "nearest":
      interpolation = .nearest(try node.choice("nearest_mode", default: .preferFloor))
    case "linear": interpolation = .linear
    case "cubic":
      interpolation = .cubic(
        coefficient: try node.float("cubic_coeff_a") ?? -0.75,
        excludesOutside: try node.bool("exclude_outside"))
    default: throw node.unsupported("the mode '\(mode)'")
    }
    if interpolation == .linear, try node.bool("exclude_outside") {
      throw node.unsupported("linear interpolation that excludes what is outside")
    }
    let operation = ResizeOperation(
      interpolation: interpolation,
      coordinates: try node.choice("coordinate_transformation_mode", default: .halfPixel),
      axes: try node.ints("axes"), scales: try scales(node, 2),
      sizePolicy: try node.choice("keep_aspect_ratio_policy", default: .stretch))
    if operation.scales != nil { return node.reading(operation, 1) }
    let isEmpty = node.constants[safe: 2].flatMap { $0 }?.count == 0
    let computed = isEmpty ? .absent : node.input(2)
    guard computed == .absent || !node.has(3) else { throw node.invalid("it has scales and sizes") }
    guard computed != .absent || node.has(3) else {
      throw node.invalid("it has neither scales nor sizes")
    }
    return [TensorOperationNode(operation, inputs: [node.input(0), computed, node.input(3)])]
  }

  /// Constant scales, nil if they are computed, absent or empty.
  private static func scales(_ node: ONNXOperator, _ index: Int) throws(RepVGGError) -> [Float]? {
    guard node.has(index), let value = node.constants[safe: index].flatMap({ $0 }),
      value.count > 0
    else { return nil }
    guard let scales = value.reals else { throw node.invalid("its scales are integers") }
    return scales.map { Float($0) }
  }

  /// What came before operator set 11: from the corner, to the next element before, or after where
  /// the image becomes smaller.
  private static func upsample(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    var scales = try node.floats("scales")
    if scales == nil { scales = try self.scales(node, 1) }
    let mode = try node.string("mode") ?? "nearest"
    var rounding = Rounding.floor
    if let scales, mode == "nearest", node.node.type == "Resize", scales.contains(where: { $0 < 1 })
    {
      guard scales.allSatisfy({ $0 <= 1 }) else {
        throw node.unsupported("to make some dimensions larger and others smaller")
      }
      rounding = .ceiling
    }
    let interpolation: Interpolation
    switch mode {
    case "nearest": interpolation = .nearest(rounding)
    case "linear", "bilinear": interpolation = .linear
    default: throw node.unsupported("the mode '\(mode)'")
    }
    let operation = ResizeOperation(
      interpolation: interpolation, coordinates: .asymmetric, scales: scales)
    if scales != nil { return node.reading(operation, 1) }
    guard node.has(1) else { throw node.invalid("its scales are missing") }
    if mode == "nearest", node.node.type == "Resize" {
      throw node.unsupported("nearest by scales that are computed")
    }
    return node.reading(operation, 2)
  }

  package func written(opset: Int) throws(RepVGGError) -> ONNXForm {
    if axes != nil || sizePolicy != .stretch, opset < 18 { throw notIn(opset: opset, since: 18) }
    if coordinates == .halfPixelSymmetric, opset < 19 { throw notIn(opset: opset, since: 19) }
    if coordinates == .tfHalfPixel {
      throw RepVGGError(
        .unsupported, "\(operatorType) with \(coordinates.rawValue) is not in operator sets from 13"
      )
    }
    var attributes = [
      ONNXAttribute("coordinate_transformation_mode", .string(coordinates.rawValue))
    ]
    switch interpolation {
    case .nearest(let rounding):
      attributes.append(ONNXAttribute("mode", .string("nearest")))
      attributes.append(ONNXAttribute("nearest_mode", .string(rounding.rawValue)))
    case .linear: attributes.append(ONNXAttribute("mode", .string("linear")))
    case .cubic(let coefficient, let excludesOutside):
      attributes += [
        ONNXAttribute("mode", .string("cubic")),
        ONNXAttribute("cubic_coeff_a", .float(coefficient)),
        ONNXAttribute("exclude_outside", .int(excludesOutside ? 1 : 0)),
      ]
    }
    if let axes { attributes.append(ONNXAttribute("axes", .ints(axes.map { Int64($0) }))) }
    if sizePolicy != .stretch {
      attributes.append(ONNXAttribute("keep_aspect_ratio_policy", .string(sizePolicy.rawValue)))
    }
    let inputs: [OperationInput] =
      if let scales {
        [
          .value(0), .absent,
          .constant(ReferenceTensor(shape: [scales.count], scales.map { Double($0) })),
        ]
      } else {
        [.value(0), .absent, .value(1), .value(2)]
      }
    return ONNXForm("Resize", attributes: attributes, inputs: inputs)
  }
}
