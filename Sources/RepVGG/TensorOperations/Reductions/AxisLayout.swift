/// How the elements of a tensor are grouped by axes: what is reduced, and what remains.
struct AxisLayout {
  /// For each group where its first element is, groups in row-major order.
  let starts: [Int32]
  /// From the first element of a group to each of its elements.
  let offsets: [Int32]

  init(_ shape: [Int], axes: [Int]) {
    let strides = ReferenceTensor.strides(of: shape)
    let kept = shape.indices.filter { !axes.contains($0) }
    let reduced = shape.indices.filter(axes.contains)
    starts = Self.positions(kept.map { shape[$0] }, kept.map { strides[$0] })
    offsets = Self.positions(reduced.map { shape[$0] }, reduced.map { strides[$0] })
  }

  private static func positions(_ sizes: [Int], _ strides: [Int]) -> [Int32] {
    StridedRows(sizes, strides: [strides]).sources()
  }
}
