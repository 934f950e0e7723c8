import RepVGG
import Testing

/// What is known of computed shapes before the sizes of the inputs are.
struct ElementFactsTests {
  private let image = TensorFacts(
    elementType: .float32,
    dimensions: [.symbol("batch"), .fixed(3), .symbol("height"), .symbol("width")])

  private func integers(_ values: [Int], scalar: Bool = false) -> TensorFacts {
    TensorFacts(
      ReferenceTensor(shape: scalar ? [] : [values.count], integers: values.map { Int64($0) }))
  }

  @Test("Flattening as exporters write it keeps the batch")
  func flattening() throws {
    let shape = try ShapeOperation().facts(of: [image])
    #expect(shape.elements == image.dimensions)
    let batch = try GatherOperation().facts(of: [shape, integers([0], scalar: true)])
    #expect(batch.dimensions == [])
    let list = try UnsqueezeOperation(axes: [0]).facts(of: [batch])
    let target = try ConcatOperation(axis: 0, inputCount: 2).facts(of: [list, integers([-1])])
    #expect(target.elements == [.symbol("batch"), .fixed(-1)])
    let pooled = TensorFacts(
      elementType: .float32,
      dimensions: [.symbol("batch"), .fixed(8), .fixed(2), .fixed(2)])
    let flat = try ReshapeOperation().facts(of: [pooled, target])
    #expect(flat.dimensions == [.symbol("batch"), .fixed(32)])
  }

  @Test("Slices, casts and arithmetic that changes nothing keep symbols")
  func symbols() throws {
    let shape = try ShapeOperation().facts(of: [image])
    let size = try SliceOperation().facts(of: [
      shape, integers([2]), integers([Int.max]), integers([0]),
    ])
    #expect(size.elements == [.symbol("height"), .symbol("width")])
    let real = try CastOperation(to: .float32).facts(of: [size])
    let one = TensorFacts(ReferenceTensor(shape: [], [1]))
    let same = try BinaryOperation(.multiply).facts(of: [real, one])
    let back = try CastOperation(to: .int64).facts(of: [
      UnaryOperation(.floor).facts(of: [same])
    ])
    #expect(back.elements == size.elements)
    let more = try BinaryOperation(.add).facts(of: [back, integers([0, 1])])
    #expect(more.elements == [.symbol("height"), .unknown])
    let none = try BinaryOperation(.subtract).facts(of: [back, size])
    #expect(none.elements == [.fixed(0), .fixed(0)])
  }

  @Test("A half of a symbol is not known, nor is its double")
  func unknown() throws {
    let shape = try ShapeOperation(start: 2).facts(of: [image])
    #expect(
      try BinaryOperation(.divide).facts(of: [shape, integers([2])]).elements
        == [.unknown, .unknown])
    #expect(
      try BinaryOperation(.multiply).facts(of: [shape, integers([2])]).elements
        == [.unknown, .unknown])
  }

  @Test("A real quotient is not truncated")
  func realQuotient() throws {
    let seven = TensorFacts(ReferenceTensor(shape: [], [7]))
    let two = TensorFacts(ReferenceTensor(shape: [], [2]))
    #expect(try BinaryOperation(.divide).facts(of: [seven, two]).elements == [.unknown])
    let whole = integers([7], scalar: true)
    #expect(
      try BinaryOperation(.divide).facts(of: [whole, integers([2], scalar: true)]).elements
        == [.fixed(3)])
  }

  @Test("Where and Equal choose among known sizes")
  func chosen() throws {
    let shape = try ShapeOperation(start: 0, end: 2).facts(of: [image])
    let isMissing = try BinaryOperation(.equal).facts(of: [shape, integers([-1])])
    #expect(isMissing.elements == [.fixed(0), .fixed(0)])
    let chosen = try WhereOperation().facts(of: [isMissing, integers([1, 1]), shape])
    #expect(chosen.elements == [.symbol("batch"), .fixed(3)])
  }

  @Test("Broadcasting keeps a symbol against 1 and a number against a symbol")
  func broadcasting() throws {
    let scale = TensorFacts(elementType: .float32, dimensions: [.fixed(3), .fixed(1), .fixed(7)])
    #expect(
      try BinaryOperation(.multiply).facts(of: [image, scale]).dimensions
        == [.symbol("batch"), .fixed(3), .symbol("height"), .fixed(7)])
    let other = TensorFacts(elementType: .float32, dimensions: [.fixed(4), .fixed(1), .fixed(1)])
    #expect(throws: RepVGGError.self) { try BinaryOperation(.add).facts(of: [image, other]) }
  }

  @Test("A reshape cancels equal symbols")
  func reshaped() throws {
    let target = TensorFacts(
      elementType: .int64, dimensions: [.fixed(3)],
      elements: [.symbol("batch"), .fixed(-1), .symbol("width")])
    let known = TensorFacts(
      elementType: .float32,
      dimensions: [.symbol("batch"), .fixed(3), .fixed(4), .symbol("width")])
    #expect(
      try ReshapeOperation().facts(of: [known, target]).dimensions
        == [.symbol("batch"), .fixed(12), .symbol("width")])
    #expect(
      try ReshapeOperation().facts(of: [image, target]).dimensions
        == [.symbol("batch"), .unknown, .symbol("width")])
    #expect(
      try ReshapeOperation().facts(of: [known, integers([0, 0, -1])]).dimensions
        == [.symbol("batch"), .fixed(3), .unknown])
    let computed = TensorFacts(
      elementType: .int64, dimensions: [.fixed(2)], elements: [.symbol("batch"), .unknown])
    let pooled = TensorFacts(
      elementType: .float32,
      dimensions: [.symbol("batch"), .fixed(8), .fixed(2), .fixed(2)])
    #expect(
      try ReshapeOperation().facts(of: [pooled, computed]).dimensions
        == [.symbol("batch"), .fixed(32)])
  }

  @Test("A slice to the end, one of all, and one of a known dimension have known sizes")
  func sliced() throws {
    let rest = try SliceOperation().facts(of: [
      image, integers([0, 1]), integers([Int.max, 3]), integers([2, 1]),
    ])
    #expect(
      rest.dimensions == [.symbol("batch"), .fixed(2), .symbol("height"), .symbol("width")])
    let part = try SliceOperation().facts(of: [image, integers([1]), integers([5]), integers([3])])
    #expect(part.dimensions?.last == .unknown)
  }
}
