/// The elements of one tensor multiplied by those of another one: a pruned tensor and its mask, as
/// `torch.nn.utils.prune` stores them.
struct MaskedTensorSource: TensorSource {
  let values: any TensorSource
  let mask: any TensorSource

  var elementType: ElementType { values.elementType }

  func floats(count: Int) throws(RepVGGError) -> [Float] {
    zip(try values.floats(count: count), try mask.floats(count: count)).map { $0 * $1 }
  }

  func doubles(count: Int) throws(RepVGGError) -> [Double] {
    zip(try values.doubles(count: count), try mask.doubles(count: count)).map { $0 * $1 }
  }

  func slice(_ range: Range<Int>) -> (any TensorSource)? {
    guard let values = values.slice(range), let mask = mask.slice(range) else { return nil }
    return MaskedTensorSource(values: values, mask: mask)
  }
}
