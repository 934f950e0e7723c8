import RepVGG
import Testing

/// Inputs and parameters that no sound file has are errors, not traps.
struct HostileOperationTests {
  static let extremes: [Int] = [Int.min, Int.min + 1, -1, 0, 1, 7, 1 << 40, Int.max - 1, Int.max]

  private func list(_ values: [Int]) -> ReferenceTensor {
    ReferenceTensor(shape: [values.count], integers: values.map { Int64($0) })
  }

  @Test("Bounds and steps of slices may be any numbers", arguments: extremes)
  func slices(start: Int) throws {
    let data = ReferenceTensor(shape: [2, 5], (0..<10).map(Double.init))
    for end in Self.extremes {
      for step in Self.extremes where step != 0 {
        let result = try SliceOperation().evaluated(on: [
          data, list([start]), list([end]), list([1]), list([step]),
        ])
        #expect(result.reals?.count == result.count)
      }
    }
    #expect(throws: RepVGGError.self) {
      try SliceOperation().evaluated(on: [
        data, list([start]), list([0]), list([1]), list([0]),
      ])
    }
  }

  @Test(
    "Shapes that overflow or are too large are refused", arguments: [1 << 27 + 1, 1 << 40, Int.max])
  func sizes(size: Int) {
    let one = ReferenceTensor(shape: [1, 1], [1])
    for shape in [[size, 1], [size, size], [size, 0], [0, size, size]] {
      #expect(throws: RepVGGError.self, "\(shape)") {
        try ExpandOperation().evaluated(on: [one, list(shape)])
      }
      #expect(throws: RepVGGError.self, "\(shape)") {
        try ConstantOfShapeOperation(one).evaluated(on: [list(shape)])
      }
      #expect(throws: RepVGGError.self, "\(shape)") {
        try ReshapeOperation().evaluated(on: [one, list(shape)])
      }
    }
    #expect(throws: RepVGGError.self) {
      try TileOperation().evaluated(on: [one, list([size, size])])
    }
    for pads in [[size, 0, 0, 0], [size, size, size, size], [-size, 0, size, 0]] {
      #expect(throws: RepVGGError.self, "\(pads)") {
        try PadOperation().evaluated(on: [one, list(pads)])
      }
    }
  }

  @Test("Axes outside are refused", arguments: [-3, 2, Int.min, Int.max])
  func axes(axis: Int) {
    let data = ReferenceTensor(shape: [2, 5], (0..<10).map(Double.init))
    let operations: [(any TensorOperation, [ReferenceTensor?])] = [
      (ConcatOperation(axis: axis, inputCount: 2), [data, data]),
      (GatherOperation(axis: axis), [data, list([0])]),
      (GatherElementsOperation(axis: axis), [data, list([0])]),
      (SplitPartOperation(axis: axis, index: 0, partCount: 2), [data]),
      (SqueezeOperation(axes: [axis]), [data]),
      (TransposeOperation(permutation: [0, axis]), [data]),
      (TransposeOperation(permutation: [0, 0]), [data]),
      (ScatterElementsOperation(axis: axis), [data, list([0]), list([0])]),
    ]
    for (operation, inputs) in operations {
      #expect(throws: RepVGGError.self, "\(operation)") { try operation.evaluated(on: inputs) }
    }
  }

  @Test("Indices outside are refused", arguments: [-6, 5, Int.min, Int.max])
  func indices(index: Int) {
    let data = ReferenceTensor(shape: [5], (0..<5).map(Double.init))
    let tuple = ReferenceTensor(shape: [1, 1], integers: [Int64(index)])
    let operations: [(any TensorOperation, [ReferenceTensor?])] = [
      (GatherOperation(), [data, list([index])]),
      (GatherElementsOperation(), [data, list([index])]),
      (GatherNDOperation(), [data, tuple]),
      (ScatterElementsOperation(), [data, list([index]), ReferenceTensor(shape: [1], [0])]),
      (ScatterNDOperation(), [data, tuple, ReferenceTensor(shape: [1], [0])]),
    ]
    for (operation, inputs) in operations {
      #expect(throws: RepVGGError.self, "\(operation)") { try operation.evaluated(on: inputs) }
    }
  }

  @Test("Missing inputs and other types are errors of every operation")
  func missing() throws {
    let text = ReferenceTensor(shape: [2], integers: [1, 2])
    for type in TensorOperations.operatorTypes where type != "Constant" {
      let node = ONNXNode(
        type: type, inputs: ["a", "b", "c"], outputs: ["d"],
        attributes: [
          ONNXAttribute("axis", .int(0)), ONNXAttribute("to", .int(1)),
          ONNXAttribute("blocksize", .int(2)),
        ])
      let constants = [text, text, text]
      guard
        let read = try? TensorOperations.read(
          ONNXOperator(node, opset: 17, constants: constants))
      else { continue }
      for operation in read.map(\.operation) {
        #expect(throws: RepVGGError.self, "\(type)") { try operation.evaluated(on: []) }
        #expect(throws: RepVGGError.self, "\(type)") { try operation.evaluated(on: [nil, nil]) }
        _ = try? operation.evaluated(on: [text, text, text, text, text])
        _ = try? operation.evaluated(on: [ReferenceTensor(shape: [], [1]), text, text])
      }
    }
  }

  @Test("Integers wrap, and a division by zero is an error")
  func integers() throws {
    let extreme = ReferenceTensor(shape: [1], integers: [.min])
    let minusOne = ReferenceTensor(shape: [1], integers: [-1])
    let zero = ReferenceTensor(shape: [1], integers: [0])
    #expect(try BinaryOperation(.divide).evaluated(on: [extreme, minusOne]).integers == [.min])
    #expect(try BinaryOperation(.modulo).evaluated(on: [extreme, minusOne]).integers == [0])
    #expect(try UnaryOperation(.absolute).evaluated(on: [extreme]).integers == [.min])
    for function in [BinaryOperation.Function.divide, .modulo, .remainder] {
      #expect(throws: RepVGGError.self) {
        try BinaryOperation(function).evaluated(on: [extreme, zero])
      }
    }
    let byte = ReferenceTensor(shape: [1], integers: [200], elementType: .uint8)
    #expect(try BinaryOperation(.add).evaluated(on: [byte, byte]).integers == [144])
    let large = ReferenceTensor(shape: [1], integers: [.init(Int32.max)], elementType: .int32)
    #expect(
      try BinaryOperation(.add).evaluated(on: [large, large]).integers == [-2])
    let odd = ReferenceTensor(shape: [3], [.nan, .infinity, -1e300])
    #expect(try CastOperation(to: .int64).evaluated(on: [odd]).integers == [0, .max, .min])
  }
}
