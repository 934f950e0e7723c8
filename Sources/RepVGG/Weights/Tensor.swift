/// An immutable tensor: a shape, and a source that yields its elements in row-major order.
///
/// The elements may still be in a file: ``floats()`` and ``doubles()`` read them at every call, and
/// nothing is read before.
public struct Tensor: Sendable {
  /// The size of every dimension, outermost first; empty for a scalar.
  public let shape: [Int]
  /// The source of the elements.
  package let source: any TensorSource
  /// The tensor's name in its file, for messages; empty if it has none.
  public var name: String = ""

  /// A tensor over a source that holds `shape.reduce(1, *)` elements.
  package init(shape: [Int], source: any TensorSource, name: String = "") {
    self.shape = shape
    self.source = source
    self.name = name
  }

  /// A tensor that owns its elements, in row-major order.
  ///
  /// - Precondition: `elements.count` is the product of `shape`.
  public init(shape: [Int], elements: [Float]) {
    precondition(shape.reduce(1, *) == elements.count, "element count does not fit the shape")
    self.init(shape: shape, source: ArrayTensorSource(elements: elements))
  }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The element type in the source, for reports.
  public var elementType: ElementType { source.elementType }

  /// All elements as Float32, row-major; Float64 sources are rounded once.
  ///
  /// - Throws: `inputOutput` if the file cannot be read or has been changed since it was opened,
  ///   `unsupported` for elements that the library cannot read: of other types, sparse, quantized.
  public func floats() throws(RepVGGError) -> [Float] {
    do throws(RepVGGError) { return try source.floats(count: count) } catch { throw named(error) }
  }

  /// All elements as Float64, row-major, exactly.
  ///
  /// - Throws: `inputOutput` if the file cannot be read or has been changed since it was opened,
  ///   `unsupported` for elements that the library cannot read: of other types, sparse, quantized.
  public func doubles() throws(RepVGGError) -> [Double] {
    do throws(RepVGGError) { return try source.doubles(count: count) } catch { throw named(error) }
  }

  /// All elements of an integer type or of booleans, row-major, exactly.
  ///
  /// - Throws: as ``doubles()``, `unsupported` for other types and integers beyond Int64,
  ///   `invalidArgument` if a source that computes elements yields other numbers.
  package func integers() throws(RepVGGError) -> [Int64] {
    do throws(RepVGGError) { return try source.integers(count: count) } catch { throw named(error) }
  }

  private func named(_ error: RepVGGError) -> RepVGGError {
    // That a file has changed does not concern a single tensor.
    error.kind == .inputOutput || name.isEmpty ? error : error.inTensor(name)
  }
}

/// The type of a stored element.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
  /// IEEE 754 binary16.
  case float16
  /// The upper half of a `float32`.
  case bfloat16
  /// IEEE 754 binary32.
  case float32
  /// IEEE 754 binary64.
  case float64
  /// Signed, 8 bits.
  case int8
  /// Unsigned, 8 bits.
  case uint8
  /// Signed, 16 bits.
  case int16
  /// Signed, 32 bits.
  case int32
  /// Signed, 64 bits.
  case int64
  /// Unsigned, 16 bits.
  case uint16
  /// Unsigned, 32 bits.
  case uint32
  /// Unsigned, 64 bits.
  case uint64
  /// A byte that is 0 or 1.
  case bool
  /// 4 bits of exponent and 3 of significand, finite: OCP's E4M3, as PyTorch calls it.
  case float8E4M3 = "float8_e4m3fn"
  /// 5 bits of exponent and 2 of significand: the upper half of a `float16`.
  case float8E5M2 = "float8_e5m2"
  /// A type that the library does not read; reading the elements is an error that names it.
  case unsupported

  /// Bytes of one element; 0 if the type is not supported.
  public var byteCount: Int {
    switch self {
    case .unsupported: 0
    case .int8, .uint8, .bool, .float8E4M3, .float8E5M2: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }
}

/// A source of a tensor's elements: an array, a file, a generator.
package protocol TensorSource: Sendable {
  var elementType: ElementType { get }
  func floats(count: Int) throws(RepVGGError) -> [Float]
  func doubles(count: Int) throws(RepVGGError) -> [Double]
  /// The elements of an integer type or of booleans, exactly.
  func integers(count: Int) throws(RepVGGError) -> [Int64]
  /// The elements as they are stored; nil if they are not.
  func stored() throws(RepVGGError) -> StoredTensorSource?
  /// A range of elements as a source of its own; nil if that is not cheaper than all elements.
  func slice(_ range: Range<Int>) -> (any TensorSource)?
}

extension TensorSource {
  package func slice(_ range: Range<Int>) -> (any TensorSource)? { nil }
  package func doubles(count: Int) throws(RepVGGError) -> [Double] {
    try floats(count: count).map(Double.init)
  }
  package func integers(count: Int) throws(RepVGGError) -> [Int64] {
    try doubles(count: count).map { value throws(RepVGGError) in
      // Beyond this limit a Float64 may have been rounded.
      guard abs(value) <= 0x1p53, let integer = Int64(exactly: value) else {
        throw RepVGGError(.invalidArgument, "\(value) is not an integer that Float64 holds exactly")
      }
      return integer
    }
  }
  package func stored() throws(RepVGGError) -> StoredTensorSource? { nil }
}

/// Elements held in memory.
package struct ArrayTensorSource: TensorSource {
  package let elements: [Float]
  package init(elements: [Float]) { self.elements = elements }
  package var elementType: ElementType { .float32 }
  package func floats(count: Int) -> [Float] { elements }
  package func slice(_ range: Range<Int>) -> (any TensorSource)? {
    ArrayTensorSource(elements: Array(elements[range]))
  }
}
