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
}
