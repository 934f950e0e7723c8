import RepVGG
import TestSupport
import Testing

/// Structure: what is read, what is skipped and what is refused.
@Suite struct ONNXReaderTests {
  @Test func readsAttributesOfEveryKind() throws {
    func value(
      _ type: Int64?, _ build: (inout WireBuilder) -> Void
    ) throws -> ONNXAttribute.Value? {
      try ONNXBytes.attribute { attribute in
        build(&attribute)
        attribute.text(1, "a")
        if let type { attribute.integer(20, type) }
      }?.value
    }
    func isInts(_ value: ONNXAttribute.Value?, _ expected: [Int64]) -> Bool {
      if case .ints(let values) = value { values == expected } else { false }
    }
    func isFloats(_ value: ONNXAttribute.Value?, _ expected: [Float]) -> Bool {
      if case .floats(let values) = value { values == expected } else { false }
    }
    // The type may be missing, and a number that is 0.
    for type in [2, nil] as [Int64?] {
      let value = try value(type) { $0.integer(3, -5) }
      if case .int(-5) = value {} else { Issue.record("\(String(describing: value))") }
    }
    if case .int(0) = try value(2, { _ in }) {} else { Issue.record("no integer 0") }
    if case .float(0) = try value(1, { _ in }) {} else { Issue.record("no float 0") }
    if case .float(1.5) = try value(1, { $0.float(2, 1.5) }) {} else { Issue.record("no float") }
    if case .string("ü") = try value(3, { $0.text(4, "ü") }) {} else { Issue.record("no text") }
    #expect(isInts(try value(7) { _ in }, []))
    #expect(
      isInts(
        try value(7) {
          $0.integer(8, 1)
          $0.bytes(8, [2, 3])
          $0.integer(8, -1)
        }, [1, 2, 3, -1]))
    #expect(
      isFloats(
        try value(6) {
          $0.float(7, 1)
          $0.bytes(7, [0, 0, 0x80, 0xbf])
        }, [1, -1]))
    let texts = try value(8) {
      $0.text(9, "a")
      $0.text(9, "")
    }
    if case .strings(["a", ""]) = texts {} else { Issue.record("no texts") }
    // Graphs are not entered, bytes are not texts.
    if case .other = try value(5, { $0.bytes(6, [0xff]) }) {} else { Issue.record("a graph") }
    if case .other = try value(3, { $0.bytes(4, [0xff]) }) {} else { Issue.record("a text") }
    if case .other = try value(14, { _ in }) {} else { Issue.record("a list of types") }
  }

  @Test func readsInputsWithWhatIsKnownOfThem() throws {
    let bytes = WireBuilder.model(graph: { graph in
      graph.message(11) { input in
        input.text(1, "x")
        input.message(2) { type in
          type.message(1) { tensor in
            tensor.integer(1, 10)
            tensor.message(2) { shape in
              shape.message(1) { $0.integer(1, 3) }
              shape.message(1) { $0.text(2, "height") }
              shape.message(1) { $0.text(3, "DATA_BATCH") }
              shape.message(1) { $0.integer(1, 0) }
              shape.message(1) { $0.integer(1, -1) }
              shape.message(1) { $0.text(2, "") }
            }
          }
        }
      }
      graph.message(11) { input in
        input.text(1, "sequence")
        input.message(2) { $0.message(4) { _ in } }
      }
      graph.message(12) { output in
        output.text(1, "y")
        output.message(2) { $0.message(1) { $0.integer(1, 7) } }
      }
    })
    let graph = try ONNXBytes.read(bytes).graph
    #expect(graph.inputs.map(\.name) == ["x", "sequence"])
    #expect(graph.inputs.map(\.elementType) == [.float16, .unsupported])
    #expect(
      graph.inputs[0].dimensions == [
        .fixed(3), .symbol("height"), .unknown, .unknown, .unknown, .unknown,
      ])
    #expect(graph.inputs[1].dimensions == nil)
    #expect(graph.outputs.map(\.elementType) == [.int64])
    #expect(graph.outputs[0].dimensions == nil)
  }

  @Test func skipsUnknownFieldsAndNamesOneDomainOnce() throws {
    let bytes = WireBuilder.message { model in
      model.integer(1, 7)
      model.bytes(99, [1, 2, 3])
      model.float(98, 1)
      model.double(97, 1)
      model.integer(96, -1)
      model.text(6, "documentation")
      model.message(20) { $0.integer(1, 1) }
      model.message(14) { entry in
        entry.text(2, "value")
        entry.text(1, "key")
      }
      model.message(8) { opset in
        opset.text(1, "ai.onnx")
        opset.integer(2, 13)
      }
      model.message(7) { graph in
        graph.message(14) { _ in }
        graph.message(13) { _ in }
        graph.message(1) { node in
          node.text(1, "x")
          node.text(1, "")
          node.text(7, "ai.onnx")
          node.text(2, "y")
          node.text(4, "Relu")
        }
      }
    }
    let model = try ONNXBytes.read(bytes)
    #expect(model.irVersion == 7)
    #expect(model.opsets == [ONNXOpset(version: 13)])
    #expect(model.metadata == [ONNXMetadata(key: "key", value: "value")])
    let node = try #require(model.graph.nodes.first)
    #expect(node.domain == "")
    #expect(node.inputs == ["x", ""])
    #expect(node.outputs == ["y"])
  }

  /// Bytes that are refused, and what the error says.
  struct Refusal: CustomTestStringConvertible, Sendable {
    let reason: String
    let bytes: [UInt8]
    var testDescription: String { reason }

    init(_ reason: String, _ bytes: [UInt8]) {
      self.reason = reason
      self.bytes = bytes
    }
  }

  static let refusals: [Refusal] = [
    .init("is not an ONNX model", Array("PK\u{3}\u{4}abcdefgh".utf8)),
    .init("is not an ONNX model", [8, 8]),
    .init("is not an ONNX model", Array("{\"a\":1}".utf8)),
    .init("is not an ONNX model", WireBuilder.message { $0.text(1, "8") }),
    .init(
      "has no graph",
      WireBuilder.message {
        $0.integer(1, 8)
        $0.text(2, "p")
      }),
    .init("has two graphs", WireBuilder.model(graph: { _ in }) + [0x3a, 0]),
    .init("has local functions", WireBuilder.model(graph: { _ in }) + [0xca, 1, 0]),
    .init("has sparse initializers", WireBuilder.model(graph: { $0.message(15) { _ in } })),
    .init(
      "initializer 0 has no name",
      WireBuilder.model(initializer: { tensor in
        tensor.integer(2, 1)
        tensor.integer(1, 0)
      })),
    .init(
      "two initializers have this name",
      WireBuilder.model(graph: { graph in
        for _ in 0..<2 { graph.message(5) { ONNXTensorTests.begin(&$0, 1, [0]) } }
      })),
    .init("node 0 '': names no operator", WireBuilder.model(graph: { $0.message(1) { _ in } })),
    .init("node 0 'first': attribute 0: has no name", WireBuilder.model(attribute: { _ in })),
    .init(
      "node 0 'first': attribute 'a': has values of several types",
      WireBuilder.model(attribute: {
        $0.text(1, "a")
        $0.float(2, 1)
        $0.integer(3, 1)
      })),
    .init(
      "node 0 'first': attribute 'a': has values of several types",
      WireBuilder.model(attribute: {
        $0.text(1, "a")
        $0.float(2, 1)
        $0.integer(20, 2)
      })),
    .init(
      "node 0 'first': attribute 'a': has neither type nor value",
      WireBuilder.model(attribute: { $0.text(1, "a") })),
    .init(
      "node 0 'first': attribute 'a': has no tensor",
      WireBuilder.model(attribute: {
        $0.text(1, "a")
        $0.integer(20, 4)
      })),
    .init(
      "attributes of type 15 are unknown",
      WireBuilder.model(attribute: {
        $0.text(1, "a")
        $0.integer(20, 15)
      })),
    .init(
      "attributes of type -9223372036854775808 are unknown",
      WireBuilder.model(attribute: {
        $0.text(1, "a")
        $0.integer(20, .min)
      })),
    .init(
      "refers to an attribute of a function",
      WireBuilder.model(attribute: {
        $0.text(1, "a")
        $0.text(21, "b")
      })),
    .init(
      "field 8 is not a list of numbers",
      WireBuilder.model(attribute: {
        $0.text(1, "a")
        $0.float(8, 1)
      })),
    .init(
      "field 1 is not a text in UTF-8",
      WireBuilder.model(attribute: { $0.bytes(1, [0x61, 0xff]) })),
    .init(
      "field 1 is not a text in UTF-8",
      WireBuilder.model(attribute: { $0.text(1, "a" + String(repeating: "\u{301}", count: 31)) })),
    .init("input 0: has no name", WireBuilder.model(graph: { $0.message(11) { _ in } })),
    .init(
      "output 0 'y': has more than 32 dimensions",
      WireBuilder.model(graph: { graph in
        graph.message(12) { output in
          output.text(1, "y")
          output.message(2) { type in
            type.message(1) { tensor in
              tensor.message(2) { shape in
                for _ in 0..<33 { shape.message(1) { $0.integer(1, 1) } }
              }
            }
          }
        }
      })),
    .init("groups are not part", WireBuilder.model(graph: { $0.key(50, wireType: 3) })),
    .init("wire type 7 is not part", WireBuilder.model(graph: { $0.key(50, wireType: 7) })),
    .init("no field number 0", WireBuilder.model(graph: { $0.raw([0, 0]) })),
    .init("no field number", WireBuilder.model(graph: { $0.raw([0xff, 0xff, 0xff, 0xff, 0x7f]) })),
    .init(
      "more than 64 bits",
      WireBuilder.model(graph: {
        $0.raw([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1])
      })),
    .init("leave their message", WireBuilder.model(graph: { $0.raw([0x0a, 5]) })),
    .init(
      "9223372036854775808 bytes leave their message",
      WireBuilder.model(graph: {
        $0.raw([0x0a] + WireBuilder.varint(1 << 63))
      })),
    .init(
      "18446744073709551615 bytes leave their message",
      WireBuilder.model(graph: {
        $0.raw([0x0a] + WireBuilder.varint(.max))
      })),
    .init("is cut short at 8 of", [8, 8, 0x12, 1, 0x61, 0x3a, 0x90, 1]),
    .init(
      "is cut short at 17 of 18446744073709551615 bytes",
      [8, 8, 0x12, 1, 0x61, 0x3a]
        + WireBuilder.varint(.max) + [0]),
  ]

  @Test(arguments: refusals) func refusesWithTheReason(_ refusal: Refusal) {
    let error = #expect(throws: RepVGGError.self) { try ONNXBytes.read(refusal.bytes) }
    #expect(error?.description.contains(refusal.reason) == true, "\(String(describing: error))")
    #expect(error?.file == "x.onnx")
    #expect([.badData, .unsupported].contains(error?.kind))
  }

  @Test func subgraphsCannotNestDeeply() throws {
    // A graph in an attribute of a node in a graph, and so on: nothing but the outermost is read.
    var body: [UInt8] = []
    for _ in 0..<2000 {
      let inner = body
      body = WireBuilder.message { graph in
        graph.message(1) { node in
          node.text(4, "If")
          node.message(5) { attribute in
            attribute.text(1, "then_branch")
            attribute.bytes(6, inner)
            attribute.integer(20, 5)
          }
        }
      }
    }
    let model = try ONNXBytes.read(WireBuilder.model(graph: { $0.raw(body) }))
    let attribute = try #require(model.graph.nodes.first?.attributes.first)
    if case .other = attribute.value {} else { Issue.record("the subgraph was read") }
  }

  @Test func partsAreCounted() {
    let limit = 131_072
    func error(_ number: Int, _ content: [UInt8]) -> RepVGGError? {
      let one = WireBuilder.message { $0.bytes(number, content) }
      let bytes = WireBuilder.model(graph: { graph in
        graph.raw([UInt8]((0...limit).map { _ in one }.joined()))
      })
      return #expect(throws: RepVGGError.self) { try ONNXBytes.read(bytes) }
    }
    #expect(error(1, [0x22, 1, 0x61])?.reason.contains("131072 nodes") == true)
    #expect(error(11, [0x0a, 1, 0x61])?.reason.contains("131072 inputs") == true)
    let names = WireBuilder.model(graph: { graph in
      graph.message(1) { node in
        node.text(4, "Concat")
        node.raw([UInt8]((0...8 * limit).map { _ in [0x0a, 0] as [UInt8] }.joined()))
      }
    })
    let error = #expect(throws: RepVGGError.self) { try ONNXBytes.read(names) }
    #expect(error?.reason.contains("more than 1048576 edges") == true)
  }

  @Test(arguments: ONNXFixtureTests.names)
  func recognizesModelsByTheirFirstBytes(_ name: String) throws {
    let whole = try Fixture.bytes("universe/\(name)")
    for count in [24, 64, 4096, whole.count] {
      let start = try ONNXBytes.file(Array(whole.prefix(count)))
      #expect(try ONNXReader.recognizes(start), "\(count) bytes")
    }
  }

  @Test(arguments: ["tiny/train.pth", "tiny/train.safetensors", "tiny/input.npy", "README.md"])
  func otherFilesAreNotONNX(_ name: String) throws {
    let error = #expect(throws: RepVGGError.self) {
      try ONNXReader.read(InputFile(path: Fixture.path(name)))
    }
    #expect(error?.reason.contains("is not an ONNX model") == true)
  }
}
