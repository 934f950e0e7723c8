/// Elements of another type with the same values, or the nearest that it has.
struct RetypedSource: TensorSource {
  let source: any TensorSource
  let elementType: ElementType

  func floats(count: Int) throws(RepVGGError) -> [Float] { try source.floats(count: count) }
  func doubles(count: Int) throws(RepVGGError) -> [Double] { try source.doubles(count: count) }
  func slice(_ range: Range<Int>) -> (any TensorSource)? {
    source.slice(range).map { RetypedSource(source: $0, elementType: elementType) }
  }
}
