extension ONNXExporter {
  /// Writes a linear region that reads one value.
  mutating func write(
    _ expression: LinearExpression, _ node: Network.Node, _ input: String, _ result: String,
    _ source: TensorFacts
  ) throws(RepVGGError) {
    guard let channels = source.dimensions?.dropFirst().first?.size else {
      throw RepVGGError(.unsupported, "reads images of a number of channels that is not known")
    }
    let type = source.elementType
    switch expression {
    case .convolution(let convolution):
      write(convolution, node.name, input, result, type)
    case .batchNorm(let norm):
      let count = norm.mean.count
      func stored(_ tensor: Tensor?, _ absent: Double, _ name: String) -> String {
        constant(
          (tensor
            ?? Tensor(shape: [count], doubles: [Double](repeating: absent, count: count)))
            .stored(as: type), "\(node.name).\(name)")
      }
      let operands = [
        stored(norm.gamma, 1, "weight"), stored(norm.beta, 0, "bias"),
        stored(norm.mean, 0, "running_mean"), stored(norm.variance, 1, "running_var"),
      ]
      add(
        "BatchNormalization", [input] + operands, result,
        [ONNXAttribute("epsilon", .float(Float(norm.epsilon)))])
    case .scale(let factors):
      let operand = constant(factors.alongChannels.stored(as: type), node.name + ".scale")
      add("Mul", [input, operand], result)
    case .shift(let summands):
      let operand = constant(summands.alongChannels.stored(as: type), node.name + ".shift")
      add("Add", [input, operand], result)
    case .averagePool(let pool):
      let source = padded(input, pool.padding.crop, result, type)
      add(
        "AveragePool", [source], result,
        [
          ONNXAttribute("kernel_shape", .ints(pool.size.numbers)),
          ONNXAttribute("strides", .ints(pool.stride.numbers)),
          ONNXAttribute("pads", .ints(pool.padding.growth.numbers)),
          ONNXAttribute("count_include_pad", .int(pool.countsPadding ? 1 : 0)),
        ])
    case .pad(let padding):
      if padding == 0 {
        add("Identity", [input], result)
      } else {
        writePad(input, padding, result, type)
      }
    default:
      try writeReduced(expression, node, input, result, channels, type)
    }
  }

  /// Writes what a region reduces to.
  private mutating func writeReduced(
    _ expression: LinearExpression, _ node: Network.Node, _ input: String, _ result: String,
    _ channels: Int, _ type: ElementType
  ) throws(RepVGGError) {
    guard expression.isDiagonal else {
      let merged = try Convolution(merging: expression, inputChannels: channels)
      return write(merged, node.name, input, result, type)
    }
    let reduced = try expression.reduced(inputChannels: channels)
    let (factors, summands) = (reduced.kernel, reduced.bias)
    func tensor(_ values: [Double], _ name: String) -> String {
      constant(
        Tensor(shape: [values.count], doubles: values).stored(as: type), "\(node.name).\(name)")
    }
    // One operator for both: a batch norm of mean 0 and variance 1.
    let operands = [
      tensor(factors, "scale"), tensor(summands, "shift"),
      tensor([Double](repeating: 0, count: factors.count), "mean"),
      tensor([Double](repeating: 1, count: factors.count), "variance"),
    ]
    add(
      "BatchNormalization", [input] + operands, result, [ONNXAttribute("epsilon", .float(0))])
  }

  /// Writes a convolution.
  mutating func write(
    _ convolution: Convolution, _ name: String, _ input: String, _ result: String,
    _ type: ElementType
  ) {
    var operands = [
      padded(input, convolution.padding.crop, result, type),
      constant(convolution.kernel.stored(as: type), name + ".weight"),
    ]
    if let bias = convolution.bias {
      operands.append(constant(bias.stored(as: type), name + ".bias"))
    }
    add(
      "Conv", operands, result,
      [
        ONNXAttribute("dilations", .ints(convolution.dilation.numbers)),
        ONNXAttribute("group", .int(Int64(convolution.groups))),
        ONNXAttribute("kernel_shape", .ints(convolution.kernelSize.numbers)),
        ONNXAttribute("pads", .ints(convolution.padding.growth.numbers)),
        ONNXAttribute("strides", .ints(convolution.stride.numbers)),
      ])
  }

  /// A value without the rows and columns that are cut off; windows of ONNX cannot do so.
  private mutating func padded(
    _ input: String, _ crop: Padding, _ result: String, _ type: ElementType
  ) -> String {
    guard crop != 0 else { return input }
    let name = unique(result + " crop")
    writePad(input, crop, name, type)
    return name
  }

  private mutating func writePad(
    _ input: String, _ padding: Padding, _ result: String, _ type: ElementType
  ) {
    guard padding.growth != 0 else {
      // A crop: an end that is not negative is beyond every image.
      func end(_ side: Int) -> Int { side < 0 ? side : Int.max }
      let operands = [
        constant(integers: [-padding.top, -padding.left], result + " starts"),
        constant(integers: [end(padding.bottom), end(padding.right)], result + " ends"),
        constant(integers: [2, 3], result + " axes"),
      ]
      return add("Slice", [input] + operands, result)
    }
    let pads = constant(
      integers: [0, 0, padding.top, padding.left, 0, 0, padding.bottom, padding.right],
      result + " pads")
    let zero = constant(number: 0, type, result + " value")
    add("Pad", [input, pads, zero], result, [ONNXAttribute("mode", .string("constant"))])
  }
}

extension Size2D {
  fileprivate var numbers: [Int64] { [Int64(height), Int64(width)] }
}

extension Padding {
  fileprivate var numbers: [Int64] { sides.map { Int64($0) } }

  /// The sides that are added to.
  fileprivate var growth: Padding {
    Padding(top: max(0, top), left: max(0, left), bottom: max(0, bottom), right: max(0, right))
  }

  /// The sides that are cut off.
  fileprivate var crop: Padding {
    Padding(top: min(0, top), left: min(0, left), bottom: min(0, bottom), right: min(0, right))
  }
}

extension Tensor {
  /// The tensor with elements of a type; the same where it has that type.
  func stored(as type: ElementType) -> Tensor {
    type == elementType || !type.isReal
      ? self
      : Tensor(shape: shape, source: RetypedSource(source: source, elementType: type), name: name)
  }

  /// `[channels, 1, 1]`, which is broadcast along the channels of images, or `[]` for one number.
  fileprivate var alongChannels: Tensor {
    Tensor(shape: count == 1 ? [] : [count, 1, 1], source: source, name: name)
  }
}
