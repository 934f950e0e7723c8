import CRepVGG
import RepVGG

/// A structure that begins with its own size, as the caller knows it.
protocol SizedStructure {
  /// The structure with all fields zero, which take their defaults.
  init()
  var struct_size: Int { get set }
  /// The sizes that the structure had in earlier versions of this interface.
  static var earlierSizes: [Int] { get }
}

extension SizedStructure {
  static var earlierSizes: [Int] { [] }
}

extension rvg_model_options: SizedStructure {
  static var earlierSizes: [Int] { [MemoryLayout<Self>.offset(of: \.group) ?? 0] }
}
extension rvg_session_options: SizedStructure {}
extension rvg_model_info: SizedStructure {
  static var earlierSizes: [Int] { [MemoryLayout<Self>.offset(of: \.input_channels) ?? 0] }
}
extension rvg_session_info: SizedStructure {
  static var earlierSizes: [Int] {
    [\Self.output_count, \Self.output_element_count].map { MemoryLayout<Self>.offset(of: $0) ?? 0 }
  }
}

/// Whether a pointer can be one to values of a type.
private func isAligned<T>(_ pointer: UnsafePointer<T>) -> Bool {
  UInt(bitPattern: pointer) % UInt(MemoryLayout<T>.alignment) == 0
}

/// A caller's pointer, neither null nor misaligned.
func checked<T>(
  _ pointer: UnsafePointer<T>?, _ name: String
) throws -> UnsafePointer<T> {
  guard let pointer else { throw Failure(RVG_INVALID_ARGUMENT, "\(name) is NULL") }
  guard isAligned(pointer) else {
    throw Failure(RVG_INVALID_ARGUMENT, "\(name) is not aligned for its elements")
  }
  return pointer
}

/// A caller's pointer to write to, neither null nor misaligned.
func checked<T>(
  _ pointer: UnsafeMutablePointer<T>?, _ name: String
) throws -> UnsafeMutablePointer<T> {
  UnsafeMutablePointer(mutating: try checked(UnsafePointer(pointer), name))
}

/// A caller's text.
func checkedText(_ pointer: UnsafePointer<CChar>?, _ name: String) throws -> String {
  String(cString: try checked(pointer, name))
}

/// Refuses a structure of another size before any other field of it is touched.
func checkSize<T: SizedStructure>(_ pointer: UnsafePointer<T>, _ name: String) throws {
  let size = UInt(bitPattern: pointer.pointee.struct_size)
  let known = UInt(MemoryLayout<T>.size)
  guard size == known || T.earlierSizes.contains(where: { $0 == size }) else {
    throw Failure(
      RVG_INVALID_ARGUMENT,
      "the struct_size of \(name) is \(size), this library knows \(known)"
        + (size > known ? "; the program was made for a newer one" : ""))
  }
}

/// A caller's structure, nil where it gave none.
func checkedOptions<T: SizedStructure>(_ pointer: UnsafePointer<T>?) throws -> T? {
  guard let pointer else { return nil }
  let options = try checked(pointer, "options")
  try checkSize(options, "options")
  // Memory after the size that the caller knows is not the structure's.
  var copy = T()
  withUnsafeMutableBytes(of: &copy) { bytes in
    bytes.copyMemory(
      from: UnsafeRawBufferPointer(start: options, count: options.pointee.struct_size))
  }
  return copy
}

/// Fills a caller's structure, as far as the caller knows it.
func fill<T: SizedStructure>(_ pointer: UnsafeMutablePointer<T>?, with value: T) throws {
  let info = try checked(pointer, "info")
  try checkSize(info, "info")
  var value = value
  value.struct_size = info.pointee.struct_size
  withUnsafeBytes(of: value) { bytes in
    UnsafeMutableRawBufferPointer(start: info, count: value.struct_size)
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<value.struct_size]))
  }
}

extension NetworkOptions {
  /// The options of a C caller.
  init(_ options: rvg_model_options) throws {
    self.init()
    guard options.epsilon >= 0, options.epsilon <= 1 else {
      throw Failure(
        RVG_INVALID_ARGUMENT, "an epsilon of \(options.epsilon) is out of the range 0 to 1")
    }
    if options.epsilon != 0 { epsilon = options.epsilon }
    if let name = options.group { group = String(cString: name) }
    guard (options.strides == nil) == (options.stride_count == 0), options.stride_count <= 64
    else {
      throw Failure(
        RVG_INVALID_ARGUMENT,
        "strides and their count of \(options.stride_count) do not fit together")
    }
    if let strides = options.strides {
      let values = UnsafeBufferPointer(
        start: try checked(strides, "strides"), count: options.stride_count)
      self.strides = values.map(Int.init)
    }
  }
}

extension PlanOptions {
  /// The options of a C caller.
  init(_ options: rvg_session_options) throws {
    self.init()
    form = try Self.choice(
      options.form, "form",
      [RVG_FORM_PLAIN: .plain, RVG_FORM_BRANCHED: .branched, RVG_FORM_FOLDED: .folded])
    policy = try Self.choice(
      options.policy, "policy",
      [RVG_POLICY_FAST: .fast, RVG_POLICY_EXACT: .exact, RVG_POLICY_COMPACT: .compact])
    algorithm = try Self.choice(
      options.algorithm, "algorithm",
      [
        RVG_ALGORITHM_AUTO: .auto, RVG_ALGORITHM_WINOGRAD: .winograd,
        RVG_ALGORITHM_DIRECT: .direct, RVG_ALGORITHM_IM2COL: .im2col,
      ])
    collectsFeatures = try Self.choice(
      options.collects_features, "collects_features", [0: false, 1: true])
    _ = try Self.choice(options.reserved, "reserved", [0: ()])
    guard (0...1024).contains(options.threads) else {
      throw Failure(
        RVG_INVALID_ARGUMENT, "\(options.threads) threads are out of the range 1 to 1024")
    }
    threadCount = max(1, Int(options.threads))
  }

  private static func choice<Value>(
    _ number: Int32, _ field: String, _ values: [Int: Value]
  ) throws -> Value {
    guard let value = values[Int(number)] else {
      throw Failure(RVG_INVALID_ARGUMENT, "\(field) has the unknown value \(number)")
    }
    return value
  }
}

extension Form {
  /// The form's number in the C interface.
  var number: Int32 {
    switch self {
    case .plain: Int32(RVG_FORM_PLAIN)
    case .branched: Int32(RVG_FORM_BRANCHED)
    case .folded: Int32(RVG_FORM_FOLDED)
    }
  }
}
