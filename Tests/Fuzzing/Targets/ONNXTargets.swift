import RepVGG

private let graphFixtures = [
  FixtureFiles("universe/acb-vgg", ".onnx"), FixtureFiles("universe/orepa-repvgg", ".onnx"),
  FixtureFiles("universe/repvgg-timm-onnx", ".onnx"),
  FixtureFiles("universe/unireplknet-block", ".onnx"),
]

/// ONNX models, the graphs in them, and the tensors of ONNX's test data.
let onnxTargets: [FuzzTarget] = [
  FuzzTarget(
    name: "onnx", structure: MessageStructure(), fixtures: graphFixtures,
    builtIn: { MessageSeeds.models },
    body: { input in
      let file = MemoryFile(input)
      do throws(RepVGGError) {
        let model = try ONNXReader.read(InputFile(path: file.path))
        let constants = model.graph.nodes.flatMap(\.attributes).compactMap { attribute -> Tensor? in
          if case .tensor(let tensor) = attribute.value { tensor } else { nil }
        }
        for tensor in model.graph.initializers + constants { try readElements(of: tensor) }
      } catch {
        precondition(error.file != nil, "an error without its file: \(error)")
        throw error
      }
    }),
  FuzzTarget(
    name: "onnx-graph", structure: MessageStructure(), fixtures: graphFixtures,
    builtIn: { MessageSeeds.models },
    body: { input in
      let file = MemoryFile(input)
      do throws(RepVGGError) {
        let network = try Network(onnx: file.path)
        let merging = try network.mergingRegions()
        let kept = Set(merging.network.outputs.map(\.name))
        precondition(kept == Set(network.outputs.map(\.name)), "an output is lost")
        _ = try merging.network.graphCounts()
        _ = try ONNXModel(merging.network)
      } catch {
        precondition(error.file != nil, "an error without its file: \(error)")
        throw error
      }
    }),
  FuzzTarget(
    name: "onnx-tensor", structure: MessageStructure(), builtIn: { MessageSeeds.tensors },
    body: { input in
      let file = MemoryFile(input)
      try readElements(of: ONNXReader.tensor(InputFile(path: file.path)))
    }),
]

/// Reads every element in every way; traps where the reader promised elements that are not there.
private func readElements(of tensor: Tensor) throws(RepVGGError) {
  guard tensor.obstacle == nil else { return }
  let (floats, doubles) = (try tensor.floats(), try tensor.doubles())
  precondition(floats.count == tensor.count && doubles.count == tensor.count)
  let size = try tensor.withStoredBytes { $0.count }
  precondition(size == tensor.count * tensor.elementType.byteCount)
  guard !tensor.elementType.isReal, tensor.elementType != .uint64 else { return }
  let integers = try tensor.integers()
  precondition(integers.count == tensor.count)
}

/// Small messages that have every field which is read.
enum MessageSeeds {
  static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private static func integer(_ field: UInt64, _ value: Int64) -> [UInt8] {
    varint(field << 3) + varint(UInt64(bitPattern: value))
  }

  private static func bytes(_ field: UInt64, _ content: [UInt8]...) -> [UInt8] {
    let content = Array(content.joined())
    return varint(field << 3 | 2) + varint(UInt64(content.count)) + content
  }

  private static func text(_ field: UInt64, _ text: String) -> [UInt8] {
    bytes(field, Array(text.utf8))
  }

  static var tensors: [[UInt8]] {
    let shape = integer(1, 2) + integer(1, 1)
    let pair = [UInt8](repeating: 1, count: 16)
    let entry = bytes(13, text(1, "location"), text(2, "data"))
    // The type, then the elements in each of the ways.
    return [
      shape + integer(2, 1) + text(8, "a") + bytes(9, Array(pair.prefix(8))),
      shape + integer(2, 1) + text(8, "b") + bytes(4, Array(pair.prefix(8))),
      shape + integer(2, 7) + text(8, "c") + bytes(7, [1, 0x80, 1]),
      shape + integer(2, 7) + text(8, "d") + integer(7, -1) + integer(7, 5),
      shape + integer(2, 10) + text(8, "e") + bytes(5, [1, 0x80, 1]),
      shape + integer(2, 11) + text(8, "f") + bytes(10, pair),
      shape + integer(2, 12) + text(8, "g") + bytes(11, [1, 2]),
      shape + integer(2, 9) + text(8, "h") + bytes(9, [0, 1]),
      shape + integer(2, 8) + text(8, "i") + text(6, "x") + text(6, "y"),
      bytes(1, [2, 1]) + integer(2, 1) + text(8, "j") + entry + integer(14, 1),
    ]
  }

  static var models: [[UInt8]] {
    let attributes = [
      text(1, "f") + [0x15, 0, 0, 0x80, 0x3f] + integer(20, 1),
      text(1, "i") + integer(3, -1) + integer(20, 2), text(1, "s") + text(4, "v") + integer(20, 3),
      text(1, "fs") + bytes(7, [0, 0, 0x80, 0x3f]) + integer(20, 6),
      text(1, "is") + integer(8, 1) + bytes(8, [2, 3]) + integer(20, 7),
      text(1, "ss") + text(9, "a") + text(9, "b") + integer(20, 8),
      text(1, "g") + bytes(6, bytes(1, text(4, "Op"))) + integer(20, 5),
    ]
    let constants = tensors.dropLast().map { text(1, "t") + bytes(5, $0) + integer(20, 4) }
    let node =
      text(1, "x") + text(1, "") + text(2, "y") + text(3, "n") + text(4, "Op") + text(7, "d")
      + Array((attributes + constants).map { bytes(5, $0) }.joined())
    let dimensions = bytes(1, integer(1, 3)) + bytes(1, text(2, "h")) + bytes(1)
    let value =
      text(1, "x") + bytes(2, bytes(1, integer(1, 1), bytes(2, dimensions)))
    let graph =
      bytes(1, node) + text(2, "g") + Array(tensors.dropLast().map { bytes(5, $0) }.joined())
      + bytes(11, value) + bytes(12, value)
    let head = integer(1, 8) + text(2, "p") + text(3, "1")
    let tail = bytes(8, text(1, ""), integer(2, 17)) + bytes(14, text(1, "k"), text(2, "v"))
    return [
      head + bytes(7, graph) + tail,
      head + bytes(7, bytes(1, text(4, "Op")), bytes(5, tensors[9])) + tail,
    ]
  }
}
