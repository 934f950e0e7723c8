import RepVGG
import Testing

/// What is written of an operation is that operation when it is read again.
struct WrittenOperationTests {
  /// Nodes with parameters other than the defaults, and how many inputs they have.
  private static let samples: [(type: String, inputs: Int, attributes: [ONNXAttribute])] = [
    ("Abs", 1, []), ("Mish", 1, []), ("HardSwish", 1, []),
    ("LeakyRelu", 1, [.init("alpha", .float(0.3))]),
    ("Elu", 1, [.init("alpha", .float(2))]),
    ("Selu", 1, [.init("alpha", .float(2)), .init("gamma", .float(3))]),
    ("Celu", 1, [.init("alpha", .float(2))]), ("ThresholdedRelu", 1, [.init("alpha", .float(2))]),
    ("HardSigmoid", 1, [.init("alpha", .float(0.25)), .init("beta", .float(0.75))]),
    ("Gelu", 1, [.init("approximate", .string("tanh"))]), ("Gelu", 1, []),
    ("Shrink", 1, [.init("bias", .float(0.25)), .init("lambd", .float(0.75))]),
    ("IsInf", 1, [.init("detect_negative", .int(0))]), ("IsNaN", 1, []), ("Not", 1, []),
    ("Clip", 3, []), ("Clip", 1, []), ("Add", 2, []), ("PRelu", 2, []), ("Mod", 2, []),
    ("Mod", 2, [.init("fmod", .int(1))]), ("Equal", 2, []), ("Max", 3, []), ("Mean", 1, []),
    ("Where", 3, []), ("Cast", 1, [.init("to", .int(10))]), ("CastLike", 2, []),
    ("Shape", 1, []), ("Shape", 1, [.init("start", .int(1)), .init("end", .int(-1))]),
    ("Size", 1, []), ("Reshape", 2, []), ("Reshape", 2, [.init("allowzero", .int(1))]),
    ("Flatten", 1, [.init("axis", .int(2))]), ("Squeeze", 1, []), ("Squeeze", 2, []),
    ("Unsqueeze", 2, []), ("Transpose", 1, []),
    ("Transpose", 1, [.init("perm", .ints([0, 2, 1]))]),
    ("Concat", 3, [.init("axis", .int(-2))]), ("Slice", 5, []), ("Slice", 3, []),
    ("Gather", 2, [.init("axis", .int(1))]), ("GatherElements", 2, [.init("axis", .int(1))]),
    ("GatherND", 2, [.init("batch_dims", .int(1))]), ("Expand", 2, []), ("Tile", 2, []),
    ("Pad", 3, []), ("Pad", 4, []), ("Pad", 2, [.init("mode", .string("edge"))]),
    ("Pad", 2, [.init("mode", .string("wrap"))]), ("Range", 3, []), ("ConstantOfShape", 1, []),
    ("OneHot", 3, [.init("axis", .int(0))]), ("Trilu", 1, [.init("upper", .int(0))]),
    ("Trilu", 2, []), ("CumSum", 2, [.init("exclusive", .int(1)), .init("reverse", .int(1))]),
    ("DepthToSpace", 1, [.init("blocksize", .int(2)), .init("mode", .string("CRD"))]),
    ("SpaceToDepth", 1, [.init("blocksize", .int(3))]),
    ("ScatterND", 3, [.init("reduction", .string("add"))]),
    ("ScatterElements", 3, [.init("axis", .int(1)), .init("reduction", .string("max"))]),
    ("ArgMax", 1, [.init("axis", .int(1)), .init("keepdims", .int(0))]),
    ("ArgMin", 1, [.init("select_last_index", .int(1))]),
    ("EyeLike", 1, [.init("k", .int(-1)), .init("dtype", .int(7))]),
    ("Einsum", 2, [.init("equation", .string("...ij,jk->...ik"))]),
    ("Split", 1, [.init("axis", .int(1))]), ("Identity", 1, []),
    ("ReduceSum", 2, [.init("keepdims", .int(0))]), ("ReduceMean", 1, []), ("ReduceMax", 2, []),
    ("ReduceL2", 1, [.init("noop_with_empty_axes", .int(1))]),
    ("Softmax", 1, [.init("axis", .int(1))]), ("LogSoftmax", 1, []), ("Hardmax", 1, []),
    ("LayerNormalization", 3, [.init("axis", .int(2)), .init("epsilon", .float(0.5))]),
    ("InstanceNormalization", 3, [.init("epsilon", .float(0.5))]),
    ("GroupNormalization", 3, [.init("num_groups", .int(4))]),
    ("LpNormalization", 1, [.init("axis", .int(1)), .init("p", .int(1))]),
    ("LRN", 1, [.init("size", .int(3)), .init("alpha", .float(0.5)), .init("bias", .float(2))]),
    ("MeanVarianceNormalization", 1, [.init("axes", .ints([1, 2]))]),
    (
      "Conv", 3,
      [
        .init("kernel_shape", .ints([3, 1])), .init("strides", .ints([2, 1])),
        .init("dilations", .ints([1, 2])), .init("pads", .ints([1, 0, 2, 0])),
        .init("group", .int(2)),
      ]
    ),
    ("Conv", 2, [.init("auto_pad", .string("SAME_LOWER"))]),
    ("ConvTranspose", 2, [.init("output_padding", .ints([1, 0])), .init("group", .int(2))]),
    ("ConvTranspose", 3, [.init("output_shape", .ints([10, 8]))]),
    ("MaxPool", 1, [.init("kernel_shape", .ints([2, 2])), .init("ceil_mode", .int(1))]),
    ("AveragePool", 1, [.init("kernel_shape", .ints([2])), .init("count_include_pad", .int(1))]),
    ("GlobalAveragePool", 1, []), ("GlobalMaxPool", 1, []), ("MatMul", 2, []),
    (
      "Gemm", 3,
      [
        .init("alpha", .float(2)), .init("beta", .float(3)), .init("transA", .int(1)),
        .init("transB", .int(1)),
      ]
    ),
    ("BatchNormalization", 5, [.init("epsilon", .float(0.5))]),
    ("Resize", 4, [.init("mode", .string("linear"))]),
    (
      "Resize", 4,
      [
        .init("mode", .string("cubic")), .init("cubic_coeff_a", .float(-0.5)),
        .init("exclude_outside", .int(1)),
        .init("coordinate_transformation_mode", .string("align_corners")),
      ]
    ),
    ("Resize", 4, [.init("axes", .ints([2, 3])), .init("nearest_mode", .string("ceil"))]),
    ("Resize", 4, [.init("keep_aspect_ratio_policy", .string("not_larger"))]),
    ("Resize", 4, [.init("coordinate_transformation_mode", .string("half_pixel_symmetric"))]),
    ("Constant", 0, [.init("value_ints", .ints([1, 2]))]),
  ]

  /// Inputs that have to be constants.
  private static func constants(_ type: String, _ count: Int) -> [ReferenceTensor?] {
    let axes = ReferenceTensor(shape: [2], integers: [1, 2])
    let isConstant =
      ["Squeeze", "Unsqueeze"].contains(type) || type.hasPrefix("Reduce")
    return (0..<count).map {
      $0 == 1 && isConstant || $0 == 3 && type == "Pad" ? axes : nil
    }
  }

  private static func read(
    _ sample: (type: String, inputs: Int, attributes: [ONNXAttribute]), opset: Int
  ) throws -> [TensorOperationNode] {
    var names = (0..<sample.inputs).map { "v\($0)" }
    // Regions and scales are absent where sizes are given.
    if sample.type == "Resize" { names = ["v0", "", "", "v3"] }
    let node = ONNXNode(
      type: sample.type, inputs: names, outputs: sample.type == "Split" ? ["a", "b"] : ["a"],
      attributes: sample.attributes)
    return try TensorOperations.read(
      ONNXOperator(node, opset: opset, constants: constants(sample.type, sample.inputs)))
  }

  @Test("Every operation is the same when it is read again", arguments: 13...22)
  func everyOperation(opset: Int) throws {
    var written: Set<String> = []
    for sample in Self.samples {
      // As the newest set reads it, except what that set no longer has.
      for source in [17, 22] {
        for node in try Self.read(sample, opset: source) {
          do {
            try RoundTrip(node, opset: opset).check()
            written.insert(sample.type)
          } catch let error as RepVGGError where error.kind == .unsupported {
            #expect(error.reason.contains("operator set"), "\(error)")
          }
        }
      }
    }
    #expect(written.count >= (opset < 18 ? 68 : 77), "\(written.count)")
  }

  @Test("Every operator has a sample")
  func coverage() {
    let sampled = Set(Self.samples.map(\.type))
    let kinds: [[String]] = [
      UnaryOperation.operatorTypes, BinaryOperation.operatorTypes, VariadicOperation.operatorTypes,
    ]
    let alike = Set(kinds.joined()).union(ReductionOperation.operatorTypes)
    let readAsOthers: Set = ["Dropout", "Scatter", "Upsample"]
    #expect(
      Set(TensorOperations.operatorTypes).subtracting(sampled).subtracting(alike) == readAsOthers)
  }

  @Test("What an operator set lacks is refused with the set that has it")
  func missing() throws {
    for (type, attributes, first) in [
      ("Gelu", [], 20), ("Mish", [], 18), ("HardSwish", [], 14), ("Trilu", [], 14),
      ("Shape", [ONNXAttribute("start", .int(1))], 15),
      ("Resize", [ONNXAttribute("axes", .ints([2]))], 18),
    ] as [(String, [ONNXAttribute], Int)] {
      let node = try Self.read((type, 4, attributes), opset: 22)[0]
      let error = #expect(throws: RepVGGError.self) {
        try node.operation.written(opset: first - 1)
      }
      #expect(error?.kind == .unsupported)
      #expect(error?.reason.contains("\(first)") == true)
      _ = try node.operation.written(opset: first)
    }
  }
}
