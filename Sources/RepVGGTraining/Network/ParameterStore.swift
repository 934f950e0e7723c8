import RepVGG
import SeededNumbers

/// A network's state and gradients, each in one piece of memory.
///
/// Convolution weights are stored as `[output][ky][kx][input]`, the others as in PyTorch; names
/// and shapes at the borders are PyTorch's.
package final class ParameterStore<Scalar: TrainingScalar> {
  /// One tensor.
  package struct Entry {
    package let specification: ParameterSpecification
    /// Its first element in `values` and, where trainable, in `gradients`.
    package let offset: Int
    package var name: String { specification.name }
    package var count: Int { specification.count }
    package var range: Range<Int> { offset..<offset + count }
  }

  /// The tensors in network order.
  package let entries: [Entry]
  /// The trainable tensors, which are stored before all others.
  package let trainable: [Entry]
  /// All elements.
  package let values: ScalarBuffer<Scalar>
  /// The gradients of the trainable ones, at the same offsets.
  package let gradients: ScalarBuffer<Scalar>
  /// Batches that each batch norm has seen.
  package var batchCounts: [String: Int]

  private let indices: [String: Int]

  /// Memory for an architecture's state, all zero.
  package init(_ architecture: TrainingArchitecture) throws {
    try architecture.validate()
    let specifications = architecture.parameters
    var offsets = [Int](repeating: 0, count: specifications.count)
    var end = 0
    var trainableEnd = 0
    for pass in [true, false] {
      for (index, specification) in specifications.enumerated()
      where (specification.role == .trainable) == pass {
        offsets[index] = end
        let (next, overflow) = end.addingReportingOverflow(specification.count)
        guard !overflow, specification.count <= 1 << 40 else {
          throw RepVGGError(.invalidArgument, "the network is too large")
        }
        end = next
      }
      if pass { trainableEnd = end }
    }
    entries = zip(specifications, offsets).map { Entry(specification: $0, offset: $1) }
    trainable = entries.filter { $0.specification.role == .trainable }
    indices = Dictionary(
      entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    values = try ScalarBuffer(count: end)
    gradients = try ScalarBuffer(count: trainableEnd)
    batchCounts = Dictionary(
      architecture.batchNorms.map { ($0, 0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The entry of that name.
  package func entry(_ name: String) -> Entry? { indices[name].map { entries[$0] } }

  /// The values of a tensor that the architecture has.
  package func value(_ name: String) throws -> UnsafeMutablePointer<Scalar> {
    values.base + (try known(name)).offset
  }

  /// The gradient of a trainable tensor that the architecture has.
  package func gradient(_ name: String) throws -> UnsafeMutablePointer<Scalar> {
    let entry = try known(name)
    guard entry.specification.role == .trainable else {
      throw RepVGGError(.internalInconsistency, "has no gradient", tensor: name)
    }
    return gradients.base + entry.offset
  }

  private func known(_ name: String) throws -> Entry {
    guard let entry = entry(name) else {
      throw RepVGGError(.internalInconsistency, "is not part of the network", tensor: name)
    }
    return entry
  }

  /// Starts every tensor as PyTorch does, from a seed.
  package func start(seed: UInt64) {
    var random = SplitMix64(seed: seed, keys: 1)
    for entry in entries {
      let target = values.base + entry.offset
      switch entry.specification.start {
      case .constant(let value): target.update(repeating: Scalar(value), count: entry.count)
      case .uniform(let fanIn):
        let bound = 1 / Double(fanIn).squareRoot()
        let drawn = (0..<entry.count).map { _ in Scalar(bound * (2 * random.unit() - 1)) }
        store(drawn, at: target, entry.specification.shape)
      }
    }
    for name in batchCounts.keys { batchCounts[name] = 0 }
  }
}

// MARK: - PyTorch's layout

extension ParameterStore {
  /// Writes PyTorch's row-major elements to where a tensor of that shape is stored.
  package func store(
    _ elements: [Scalar], at target: UnsafeMutablePointer<Scalar>, _ shape: [Int]
  ) {
    forEachIndex(shape) { outer, inner in target[inner] = elements[outer] }
  }

  /// Reads a tensor of that shape in PyTorch's row-major order.
  package func load(_ source: UnsafePointer<Scalar>, _ shape: [Int]) -> [Scalar] {
    var elements = [Scalar](repeating: 0, count: shape.reduce(1, *))
    forEachIndex(shape) { outer, inner in elements[outer] = source[inner] }
    return elements
  }

  /// The values of a tensor as PyTorch orders them; nil if there is none of that name.
  package func values(of name: String) -> [Scalar]? {
    entry(name).map { load(values.base + $0.offset, $0.specification.shape) }
  }

  /// The gradient of a tensor as PyTorch orders it; nil if it has none.
  package func gradient(of name: String) -> [Scalar]? {
    guard let entry = entry(name), entry.specification.role == .trainable else { return nil }
    return load(gradients.base + entry.offset, entry.specification.shape)
  }

  /// Calls `body` with each element's position in PyTorch's order and in memory.
  private func forEachIndex(_ shape: [Int], _ body: (Int, Int) -> Void) {
    guard shape.count == 4, shape[2] * shape[3] > 1 else {
      for index in 0..<shape.reduce(1, *) { body(index, index) }
      return
    }
    let (inputs, taps) = (shape[1], shape[2] * shape[3])
    for output in 0..<shape[0] {
      let first = output * inputs * taps
      for input in 0..<inputs {
        for tap in 0..<taps { body(first + input * taps + tap, first + tap * inputs + input) }
      }
    }
  }
}
