import RepVGG
import Testing

/// Nodes with random attributes and inputs: whatever they are, there is a result or an error.
struct RandomOperationTests {
  /// A linear congruential generator: the same nodes in every run.
  private struct Random {
    var state: UInt64

    mutating func next(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }

    mutating func element<Element>(_ array: [Element]) -> Element { array[next(array.count)] }
  }

  private static let names = [
    "axis", "axes", "perm", "starts", "ends", "steps", "split", "num_outputs", "kernel_shape",
    "strides", "dilations", "pads", "group", "output_padding", "output_shape", "blocksize", "k",
    "start", "end", "to", "dtype", "batch_dims", "keepdims", "noop_with_empty_axes", "ceil_mode",
    "count_include_pad", "auto_pad", "mode", "scales", "size", "epsilon", "alpha", "beta", "p",
    "num_groups", "transA", "transB", "equation", "allowzero", "upper", "exclusive", "reverse",
    "reduction", "select_last_index", "approximate", "min", "max", "coordinate_transformation_mode",
    "keep_aspect_ratio_policy", "exclude_outside", "lambd", "bias", "fmod", "value",
  ]
  private static let numbers: [Int64] = [
    0, 1, 2, 3, 0, 1, 2, 3, -1, -2, -3, 5, 7, 64, 1 << 27, 1 << 40, .max, .min, .max - 1,
  ]
  private static let reals: [Double] = [
    0, 1, 2, 0.5, -1, 1.5, .nan, .infinity, -.infinity, 1e30, 1e-30,
  ]
  private static let texts = [
    "SAME_UPPER", "SAME_LOWER", "VALID", "reflect", "edge", "wrap", "linear", "cubic", "nearest",
    "ij,jk->ik", "ii->i", "...i->...", "i,i", "->", ",", "add", "max", "align_corners",
    "asymmetric", "not_larger", "tanh", "CRD", "half_pixel_symmetric",
  ]
  private static let required = [
    "blocksize", "size", "to", "kernel_shape", "num_groups", "equation",
  ]

  private static func attribute(_ name: String, _ random: inout Random) -> ONNXAttribute {
    let list = (0..<random.next(5)).map { _ in random.element(numbers) }
    let isList = [
      "axes", "perm", "kernel_shape", "strides", "dilations", "pads", "split", "starts",
      "ends", "output_padding", "output_shape",
    ]
    if isList.contains(name) { return ONNXAttribute(name, .ints(list)) }
    switch name {
    case "scales": return ONNXAttribute(name, .floats(list.map { Float($0) }))
    case "epsilon", "alpha", "beta", "lambd", "bias", "min", "max":
      return ONNXAttribute(name, .float(Float(random.element(reals))))
    case "auto_pad", "mode", "equation", "reduction", "approximate", "keep_aspect_ratio_policy",
      "coordinate_transformation_mode":
      return ONNXAttribute(name, .string(random.element(texts)))
    default: return ONNXAttribute(name, .int(random.element(numbers)))
    }
  }

  private static func tensor(_ random: inout Random) -> ReferenceTensor {
    let shape = (0..<random.next(6)).map { _ in random.element([0, 1, 1, 2, 2, 3, 4]) }
    let count = shape.reduce(1, *)
    if random.next(2) == 0 {
      return ReferenceTensor(shape: shape, (0..<count).map { _ in random.element(reals) })
    }
    return ReferenceTensor(
      shape: shape, integers: (0..<count).map { _ in random.element(numbers) },
      elementType: random.element([.int64, .int32, .uint8, .bool, .uint64]))
  }

  /// What is known of a tensor, some of it hidden.
  private static func facts(_ tensor: ReferenceTensor, _ random: inout Random) -> TensorFacts {
    var facts = TensorFacts(tensor)
    let sizes: [Dimension] = [
      .unknown, .symbol("n"), .fixed(.max), .fixed(1 << 40), .fixed(-1), .fixed(.min),
    ]
    switch random.next(4) {
    case 0: facts.dimensions = nil
    case 1:
      facts.dimensions = facts.dimensions?.map { random.next(2) == 0 ? $0 : random.element(sizes) }
    case 2:
      facts.elements = facts.elements?.map { random.next(2) == 0 ? $0 : random.element(sizes) }
    default: break
    }
    return facts
  }

  @Test("Random nodes have a result of the stated shape, or an error", arguments: 0..<8)
  func nodes(seed: UInt64) {
    var random = Random(state: seed)
    let types = TensorOperations.operatorTypes
    var results = 0
    for round in 0..<6_000 {
      let type = types[round % types.count]
      var attributes = Self.names.filter { _ in random.next(8) == 0 }.map {
        Self.attribute($0, &random)
      }
      for name in Self.required where random.next(2) == 0 {
        attributes.append(Self.attribute(name, &random))
      }
      let inputs = (0..<random.next(6)).map { _ in Self.tensor(&random) }
      let node = ONNXNode(
        type: type, inputs: inputs.indices.map { random.next(6) == 0 ? "" : "v\($0)" },
        outputs: ["a", "b"], attributes: attributes)
      let areConstant = random.next(3) > 0
      let constants = inputs.enumerated().map {
        areConstant && !node.inputs[$0.offset].isEmpty ? $0.element : nil
      }
      let opset = 7 + random.next(16)
      guard
        let read = try? TensorOperations.read(
          ONNXOperator(node, opset: opset, constants: constants))
      else { continue }
      for operation in read {
        let values: [ReferenceTensor?] = operation.inputs.map { input in
          switch input {
          case .value(let index): inputs[index]
          case .constant(let tensor): tensor
          case .absent: nil
          }
        }
        _ = try? operation.operation.written(opset: opset)
        _ = try? operation.operation.facts(
          of: values.map { $0.map { Self.facts($0, &random) } })
        guard let result = try? operation.operation.evaluated(on: values) else { continue }
        results += 1
        #expect((result.reals?.count ?? result.integers?.count) == result.count, "\(type)")
        let facts = try? operation.operation.facts(of: values.map { $0.map { TensorFacts($0) } })
        #expect(facts?.shape == nil || facts?.shape == result.shape, "\(type)")
        #expect(facts?.elementType == result.elementType, "\(type)")
      }
    }
    #expect(results > 600)
  }
}
