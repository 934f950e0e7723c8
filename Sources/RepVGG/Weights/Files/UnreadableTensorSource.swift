/// Elements that a file has, or names, and that the library cannot read: an error for whoever asks.
///
/// So a tensor that no network needs does not keep the others from being read.
package struct UnreadableTensorSource: TensorSource {
  /// Why the elements cannot be read.
  package let obstacle: RepVGGError
  package var elementType: ElementType { .unsupported }
  package func floats(count: Int) throws(RepVGGError) -> [Float] { throw obstacle }
  package func doubles(count: Int) throws(RepVGGError) -> [Double] { throw obstacle }
}

extension Tensor {
  /// A tensor whose elements cannot be read.
  ///
  /// - Throws: `badData` for an impossible shape.
  static func unreadable(
    _ name: String, shape: [Int], _ obstacle: RepVGGError
  ) throws(RepVGGError) -> Tensor {
    _ = try StoredTensorSource.elementCount(of: shape, file: obstacle.file)
    return Tensor(shape: shape, source: UnreadableTensorSource(obstacle: obstacle.inTensor(name)))
  }

  /// Why the elements cannot be read, with the tensor named; nil where nothing is known against it.
  package var obstacle: RepVGGError? { (source as? UnreadableTensorSource)?.obstacle }
}
