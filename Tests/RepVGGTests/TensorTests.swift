import RepVGG
import Testing

@Suite struct TensorTests {
  @Test func holdsItsElementsInRowMajorOrder() throws {
    let tensor = Tensor(shape: [2, 3], elements: [1, 2, 3, 4, 5, 6])
    #expect(tensor.count == 6)
    #expect(try tensor.floats() == [1, 2, 3, 4, 5, 6])
    #expect(try tensor.doubles() == [1, 2, 3, 4, 5, 6])
    #expect(tensor.elementType == .float32)
  }

  @Test func elementsOfFloat64AreRoundedOnce() throws {
    let exact = 1 + 0x1p-30
    let tensor = Tensor(shape: [2, 1], doubles: [exact, -0.1])
    #expect(try tensor.doubles() == [exact, -0.1])
    #expect(try tensor.floats() == [1, -0.1])
    #expect(tensor.elementType == .float64)
  }

  @Test func elementsAreComputedFromOtherTensorsWhenTheyAreRead() throws {
    let source = Tensor(shape: [2], elements: [1, 2])
    let doubled = Tensor.computed(shape: [2], name: "doubled") { () throws(RepVGGError) in
      try source.doubles().map { 2 * $0 }
    }
    #expect(try doubled.doubles() == [2, 4])
    #expect(try doubled.floats() == [2, 4])
    let wrong = Tensor.computed(shape: [3], name: "wrong") { () throws(RepVGGError) in
      try source.doubles()
    }
    let error = #expect(throws: RepVGGError.self) { try wrong.doubles() }
    #expect(error?.kind == .internalInconsistency)
    #expect(error?.tensor == "wrong")
  }
}
