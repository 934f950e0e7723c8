import RepVGG

/// Builds messages in the wire format of Protocol Buffers, also ones that no library would write.
struct WireBuilder {
  private(set) var bytes: [UInt8] = []

  static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  mutating func raw(_ more: [UInt8]) { bytes += more }

  mutating func key(_ number: Int, wireType: UInt64) {
    bytes += Self.varint(UInt64(number) << 3 | wireType)
  }

  mutating func integer(_ number: Int, _ value: Int64) {
    key(number, wireType: 0)
    bytes += Self.varint(UInt64(bitPattern: value))
  }

  mutating func float(_ number: Int, _ value: Float) {
    key(number, wireType: 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func double(_ number: Int, _ value: Double) {
    key(number, wireType: 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func bytes(_ number: Int, _ content: [UInt8]) {
    key(number, wireType: 2)
    bytes += Self.varint(UInt64(content.count)) + content
  }

  mutating func text(_ number: Int, _ text: String) { bytes(number, Array(text.utf8)) }

  mutating func message(_ number: Int, _ build: (inout WireBuilder) -> Void) {
    bytes(number, Self.message(build))
  }

  static func message(_ build: (inout WireBuilder) -> Void) -> [UInt8] {
    var builder = WireBuilder()
    build(&builder)
    return builder.bytes
  }

  /// A model with a graph.
  static func model(graph: (inout WireBuilder) -> Void) -> [UInt8] {
    message { model in
      model.integer(1, 8)
      model.message(7, graph)
      model.message(8) { $0.integer(2, 17) }
    }
  }

  /// A model with one initializer.
  static func model(initializer: (inout WireBuilder) -> Void) -> [UInt8] {
    model(graph: { graph in graph.message(5, initializer) })
  }

  /// A model with one node, `Op`, that has one attribute.
  static func model(attribute: (inout WireBuilder) -> Void) -> [UInt8] {
    model(graph: { graph in
      graph.message(1) { node in
        node.text(3, "first")
        node.text(4, "Op")
        node.message(5, attribute)
      }
    })
  }
}

/// Reads models from bytes.
enum ONNXBytes {
  static func read(_ bytes: [UInt8]) throws(RepVGGError) -> ONNXModel {
    try ONNXReader.read(file(bytes))
  }

  static func file(_ bytes: [UInt8]) throws(RepVGGError) -> InputFile {
    try bytes.withUnsafeBufferPointer { buffer throws(RepVGGError) in
      try InputFile(copying: UnsafeRawBufferPointer(buffer), path: "x.onnx")
    }
  }

  /// The only initializer of a model.
  static func initializer(_ build: (inout WireBuilder) -> Void) throws(RepVGGError) -> Tensor {
    let model = try read(WireBuilder.model(initializer: build))
    guard let tensor = model.graph.initializers.first, model.graph.initializers.count == 1 else {
      throw RepVGGError(.internalInconsistency, "has not one initializer")
    }
    return tensor
  }

  /// The only attribute of a model.
  static func attribute(
    _ build: (inout WireBuilder) -> Void
  ) throws(RepVGGError) -> ONNXAttribute? {
    try read(WireBuilder.model(attribute: build)).graph.nodes.first?.attributes.first
  }
}
