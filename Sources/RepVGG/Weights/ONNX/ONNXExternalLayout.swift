/// Which initializers a file beside the model holds, and where.
///
/// The file begins every tensor at a multiple of 64 bytes, which is enough for any processor's
/// vectors; readers that map pages round down themselves.
struct ONNXExternalLayout {
  /// The place of a tensor, as the model describes it.
  struct Place {
    let entries: [(key: String, value: String)]
  }

  /// Tensors of fewer bytes stay in the model, as other writers do it.
  private static let smallestByteCount = 1024
  private static let alignment = 64

  /// The name of the file, in the model's folder.
  let location: String
  /// The tensors in the order of the file, and where they begin.
  private(set) var tensors: [(offset: Int, tensor: Tensor)] = []
  private var end = 0

  init(location: String) { self.location = location }

  /// Gives a tensor the next place; nil if it is small.
  mutating func place(_ tensor: Tensor) throws(RepVGGError) -> Place? {
    let byteCount = try tensor.storedByteCount
    guard byteCount >= Self.smallestByteCount else { return nil }
    let offset = (end + Self.alignment - 1) / Self.alignment * Self.alignment
    let (end, overflow) = offset.addingReportingOverflow(byteCount)
    guard !overflow, end < Int.max / 2 else {
      throw RepVGGError(.invalidArgument, "the tensors are too large")
    }
    self.end = end
    tensors.append((offset, tensor))
    return Place(entries: [
      ("location", location), ("offset", String(offset)), ("length", String(byteCount)),
    ])
  }
}
