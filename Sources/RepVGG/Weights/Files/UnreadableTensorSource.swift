/// Elements that a file contains or names and that the library cannot read; reading them is an
/// error.
///
/// A tensor that no network needs therefore does not prevent reading the others.
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

  /// Why the elements cannot be read, with the tensor's name; nil if they may be readable.
  package var obstacle: RepVGGError? { (source as? UnreadableTensorSource)?.obstacle }
}
