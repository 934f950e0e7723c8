/// A convolution algorithm with its parameters, as a planner chooses it for a layer.
///
/// A type brings everything of its own: which parameters are worth trying, which layers it does,
/// what a layer costs it, how it is written to files and reports. To add one is to write a file with
/// the type and to name it in ``convolutionMethods``.
package protocol ConvolutionMethod: Hashable, Sendable {
  /// Short and stable: the first word of ``ConvolutionChoice/line``, and the value of ``Algorithm``
  /// that asks for it.
  static var name: String { get }

  /// Whether it sums the kernel's own products, with the smallest rounding errors and without
  /// larger weights: what ``Policy/exact`` takes, and ``Policy/compact`` compares with.
  static var isExact: Bool { get }

  /// Whether plans consider it unasked. A method that is not offered does layers only where
  /// ``Algorithm`` names it, or where no other accepts them.
  static var isOffered: Bool { get }

  /// Parameters worth trying for a layer, the most promising first; the planner leaves out what
  /// ``check(_:kernels:)`` refuses.
  static func candidates(for layer: ConvolutionLayer, on machine: Machine) -> [Self]

  /// Refuses a layer, without making any table for it.
  ///
  /// - Throws: `unsupported` or `invalidArgument`.
  func check(_ layer: ConvolutionLayer, kernels: Kernels) throws(RepVGGError)

  /// What a layer that is accepted takes, for ``CostModel``.
  func work(of layer: ConvolutionLayer, kernels: Kernels) -> LayerWork

  /// Bytes of the packed weights of a layer that is accepted, without the padding of panels.
  func packedByteCount(of layer: ConvolutionLayer) -> Int

  /// The algorithm for a layer.
  ///
  /// - Throws: What ``check(_:kernels:)`` throws, `unsupported` where the system lacks a library.
  func plan(
    _ layer: ConvolutionLayer, kernels: Kernels
  ) throws(RepVGGError) -> any ConvolutionAlgorithm

  /// Some parameters, which those that are read replace.
  init()

  /// All parameters, as ``ConvolutionChoice/line`` has them.
  static var parameters: [MethodParameter<Self>] { get }

  /// The algorithm and its coarser parameters: of the many candidates of one kind the cost model knows
  /// best which is fastest.
  var kind: String { get }

  /// All parameters in a line, for reports.
  var summary: String { get }
}

/// The methods that plans are made of, those first that win where costs are equal.
package let convolutionMethods: [any ConvolutionMethod.Type] = [
  WinogradMethod.self, DepthwiseMethod.self, DirectMethod.self, Im2ColMethod.self,
]

extension ConvolutionMethod {
  package static var isOffered: Bool { true }

  /// Whether the algorithm does a layer; nothing is built to find out.
  package func accepts(_ layer: ConvolutionLayer, kernels: Kernels) -> Bool {
    do throws(RepVGGError) {
      try check(layer, kernels: kernels)
      return true
    } catch { return false }
  }

  package func packedByteCount(of layer: ConvolutionLayer) -> Int { layer.shape.weightByteCount }
}

/// A method of any type, as collections hold it.
package struct ConvolutionChoice: Hashable, Sendable {
  package let method: any ConvolutionMethod

  package init(_ method: any ConvolutionMethod) { self.method = method }

  package static func == (left: ConvolutionChoice, right: ConvolutionChoice) -> Bool {
    AnyHashable(left.method) == AnyHashable(right.method)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(method)) }

  /// The algorithm for a layer.
  ///
  /// - Throws: What ``ConvolutionMethod/plan(_:kernels:)`` throws.
  package func plan(
    _ layer: ConvolutionLayer, kernels: Kernels
  ) throws(RepVGGError) -> any ConvolutionAlgorithm {
    try method.plan(layer, kernels: kernels)
  }

  /// The method's name and parameters as words: `direct panel=32 depth=96 …`.
  package var line: String { method.line }

  /// Reads what ``line`` gives; nil for anything else, also other spellings of the same numbers.
  package init?(
    line: String, methods: [any ConvolutionMethod.Type] = convolutionMethods
  ) {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard let type = methods.first(where: { $0.name == words[0] }),
      let method = type.init(words: words.dropFirst()), method.line == line
    else { return nil }
    self.init(method)
  }
}

/// A parameter of a method in text, `name=value`.
package struct MethodParameter<Method>: Sendable {
  let name: String
  let text: @Sendable (Method) -> String
  /// Sets the parameter to what a text says; false where it says nothing that fits.
  let set: @Sendable (inout Method, Substring) -> Bool

  /// A number that no arithmetic on sizes can overflow with.
  package init(_ name: String, _ path: WritableKeyPath<Method, Int> & Sendable) {
    self.name = name
    text = { "\($0[keyPath: path])" }
    set = { method, text in
      guard let value = Int(text), (0...1 << 24).contains(value) else { return false }
      method[keyPath: path] = value
      return true
    }
  }

  /// One of several values.
  package init<Value: RawRepresentable<String> & SendableMetatype>(
    _ name: String, _ path: WritableKeyPath<Method, Value> & Sendable
  ) {
    self.name = name
    text = { $0[keyPath: path].rawValue }
    set = { method, text in
      guard let value = Value(rawValue: String(text)) else { return false }
      method[keyPath: path] = value
      return true
    }
  }
}

extension ConvolutionMethod {
  fileprivate var line: String {
    ([Self.name] + Self.parameters.map { "\($0.name)=\($0.text(self))" }).joined(separator: " ")
  }

  fileprivate init?(words: ArraySlice<Substring>) {
    self.init()
    guard words.count == Self.parameters.count else { return nil }
    for (word, parameter) in zip(words, Self.parameters) {
      guard word.hasPrefix(parameter.name + "="),
        parameter.set(&self, word.dropFirst(parameter.name.count + 1))
      else { return nil }
    }
  }
}
