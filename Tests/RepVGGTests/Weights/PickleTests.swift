import RepVGG
import Testing

@Suite struct PickleTests {
  /// Twelve elements, 0 to 11.
  static let elements = (0..<12).flatMap { Pickle.littleEndian(Float($0).bitPattern) }
  static let storage = Pickle.storage(count: 12)
  static let tensor = Pickle.tensor(storage, shape: [3], strides: [1])

  /// Reads a pickle in an archive with one storage.
  static func read(_ body: [UInt8], version: UInt8 = 2) throws(RepVGGError) -> [String: Tensor] {
    let archive = ZipBuilder(
      torch: Pickle.whole(body, version: version), storages: [("0", elements)])
    return try SafetensorsTests.read(archive.bytes).tensors
  }

  static func floats(_ body: [UInt8]) throws -> [Float]? {
    try read(Pickle.dictionary([("t", body)]))["t"]?.floats()
  }

  @Test func honoursOffsetsStridesAndSharing() throws {
    let tensors = try Self.read(
      Pickle.dictionary([
        (
          "a",
          Pickle.tensor(Self.storage + Pickle.put(9), offset: 2, shape: [2, 3], strides: [3, 1])
        ),
        ("b", Pickle.tensor(Pickle.get(9), offset: 1, shape: [3, 2], strides: [1, 4])),
        ("c", Pickle.tensor(Pickle.get(9), offset: 7, shape: [2, 2], strides: [0, 0])),
        ("d", Pickle.tensor(Pickle.get(9), offset: 11, shape: [], strides: [])),
      ]))
    #expect(try tensors["a"]?.floats() == [2, 3, 4, 5, 6, 7])
    #expect(try tensors["b"]?.floats() == [1, 5, 2, 6, 3, 7])
    #expect(try tensors["c"]?.floats() == [7, 7, 7, 7])
    #expect(tensors["d"]?.shape == [])
    #expect(try tensors["d"]?.floats() == [11])
  }

  @Test func readsEveryElementType() throws {
    func doubles(_ storage: String, _ bytes: [UInt8], module: String = "torch") throws -> [Double] {
      let pickle = Pickle.dictionary([
        (
          "t",
          Pickle.tensor(
            Pickle.storage(storage, module: module, count: 2), shape: [2], strides: [1])
        )
      ])
      let archive = ZipBuilder(torch: Pickle.whole(pickle), storages: [("0", bytes)])
      return try #require(try SafetensorsTests.read(archive.bytes).tensors["t"]).doubles()
    }
    func bytes<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes(Array.init) }
    #expect(try doubles("HalfStorage", bytes([Float16(1.5), -2])) == [1.5, -2])
    #expect(try doubles("BFloat16Storage", bytes([UInt16(0x3fc0), 0xc000])) == [1.5, -2])
    #expect(try doubles("FloatStorage", bytes([Float(1.5), -2])) == [1.5, -2])
    #expect(
      try doubles("FloatStorage", bytes([Float(1.5), -2]), module: "torch.cuda") == [1.5, -2])
    #expect(try doubles("DoubleStorage", bytes([0.1, -2])) == [0.1, -2])
    #expect(try doubles("CharStorage", [255, 1]) == [-1, 1])
    #expect(try doubles("ByteStorage", [255, 1]) == [255, 1])
    #expect(try doubles("ShortStorage", bytes([Int16(-300), 1])) == [-300, 1])
    #expect(try doubles("IntStorage", bytes([Int32(-70000), 1])) == [-70000, 1])
    #expect(try doubles("LongStorage", bytes([Int64(-1) << 40, 1])) == [-1_099_511_627_776, 1])
    #expect(try doubles("BoolStorage", [0, 1]) == [0, 1])
  }

  @Test func readsUntypedStoragesAndSubclasses() throws {
    let untyped = Pickle.storage("UntypedStorage", module: "torch.storage", count: 48)
    func version3(_ type: [UInt8]) -> [UInt8] {
      Pickle.call(
        Pickle.global("torch._utils", "_rebuild_tensor_v3"),
        [
          untyped, Pickle.integer(1), Pickle.integers([2]), Pickle.integers([2]), [0x89],
          Pickle.none, type,
        ])
    }
    #expect(try Self.floats(version3(Pickle.global("torch", "float32"))) == [1, 3])
    let error = #expect(throws: RepVGGError.self) {
      try Self.floats(version3(Pickle.global("torch", "complex64")))
    }
    #expect(error?.tensor == "t")
    #expect(error?.reason.contains("complex64") == true)
    let arguments = Pickle.tuple([
      Self.storage, Pickle.integer(0), Pickle.integers([2]), Pickle.integers([1]), [0x89],
      Pickle.none,
    ])
    let subclass = Pickle.call(
      Pickle.global("torch._tensor", "_rebuild_from_type_v2"),
      [
        Pickle.global("torch._utils", "_rebuild_tensor_v2"), Pickle.global("my", "Tensor"),
        arguments, Pickle.dictionary([]),
      ])
    #expect(try Self.floats(subclass) == [0, 1])
    for name in ["_rebuild_parameter", "_rebuild_parameter_with_state"] {
      let parameter = Pickle.call(
        Pickle.global("torch._utils", name), [Self.tensor, [0x88], Pickle.none, Pickle.none])
      #expect(try Self.floats(parameter) == [0, 1, 2])
    }
    let size = Pickle.call(Pickle.global("torch", "Size"), [Pickle.integers([2])])
    let sized = Pickle.call(
      Pickle.global("torch._utils", "_rebuild_tensor"),
      [Self.storage, Pickle.integer(3), size, Pickle.integers([1])])
    #expect(try Self.floats(sized) == [3, 4])
  }

  @Test func namesTensorsByTheirPath() throws {
    let ordered = Pickle.call(
      Pickle.global("collections", "OrderedDict"),
      [Pickle.list([Pickle.tuple([Pickle.text("w.x"), Self.tensor])])])
    let body = Pickle.dictionary([
      ("model", Pickle.dictionary([("a.weight", Self.tensor), ("b", ordered)])),
      ("list", Pickle.list([Pickle.none, Self.tensor])), ("epoch", Pickle.integer(7)),
      ("state", Array("}K".utf8) + [5] + Self.tensor + Array("s".utf8)),
    ])
    #expect(
      try Self.read(body).keys.sorted()
        == ["list.1", "model.a.weight", "model.b.w.x", "state.5"])
  }

  @Test func readsLaterProtocols() throws {
    // The instructions of protocol 4: short text, names from the stack, automatic memo, a frame.
    func short(_ text: String) -> [UInt8] {
      [0x8c, UInt8(text.utf8.count)] + Array(text.utf8) + [0x94]
    }
    let storage =
      Pickle.mark + short("storage") + short("torch") + short("FloatStorage") + [0x93, 0x94]
      + short("0") + short("cpu") + [UInt8(ascii: "K"), 12] + Array("t".utf8) + [0x94]
      + Array("Q".utf8)
    let body =
      Array("}".utf8) + [0x94] + Pickle.mark + short("t") + short("torch._utils")
      + short("_rebuild_tensor_v2") + [0x93, 0x94] + Pickle.mark + storage
      + Array("K".utf8) + [4] + Array("K".utf8) + [2, 0x85, 0x94] + Array("K".utf8) + [1, 0x85]
      + [0x89] + Array("Nt".utf8) + Array("R".utf8) + [0x94]
      // The first thing in the memo is the dictionary itself: what it holds stays as it is.
      + short("name") + Pickle.get(1) + Array("u".utf8)
    for version: UInt8 in [4, 5] {
      let framed = [0x95] + Pickle.littleEndian(UInt64(body.count + 1)) + body
      #expect(try Self.read(framed, version: version)["t"]?.floats() == [4, 5])
    }
  }

  @Test func looksPastObjectsOfNoMeaning() throws {
    let namespace =
      Pickle.global("argparse", "Namespace") + Array(")".utf8) + [0x81]
      + Pickle.dictionary([("lr", Pickle.text("0.1"))]) + Array("b".utf8)
    let config =
      Pickle.call(Pickle.global("yacs.config", "CfgNode"), [])
      + Array("(".utf8) + Pickle.text("k") + Pickle.text("v") + Array("u".utf8)
    let device = Pickle.call(Pickle.global("torch", "device"), [Pickle.text("cpu")])
    let set = [0x8f] + Pickle.mark + Pickle.integer(1) + [0x90]
    let array = Pickle.call(
      Pickle.global("numpy.core.multiarray", "_reconstruct"),
      [Pickle.global("numpy", "ndarray"), Pickle.integers([0]), [UInt8(ascii: "C"), 1, 98]])
    let big: [UInt8] = [0x8a, 10] + [UInt8](repeating: 0xff, count: 10)
    let tensors = try Self.read(
      Pickle.dictionary([
        ("args", namespace), ("config", config), ("device", device), ("set", set),
        ("array", array), ("big", big),
        ("pi", [UInt8(ascii: "G")] + [UInt8](repeating: 1, count: 8)),
        ("t", Self.tensor),
      ]))
    #expect(tensors.keys.sorted() == ["t"])
  }

  @Test func ignoresTheStateOfDictionaries() throws {
    let ordered =
      Pickle.call(Pickle.global("collections", "OrderedDict"), []) + Pickle.mark
      + Pickle.text("t") + Self.tensor + Array("u".utf8)
      + Pickle.dictionary([("_metadata", Pickle.dictionary([]))]) + Array("b".utf8)
    #expect(try Self.read(ordered).keys.sorted() == ["t"])
  }

  @Test(arguments: [
    ("os", "system"), ("posix", "system"), ("subprocess", "Popen"), ("builtins", "eval"),
    ("__builtin__", "exec"), ("os.path", "join"), ("runpy", "run_module"),
  ])
  func refusesMaliciousPickles(_ module: String, _ name: String) throws {
    let harm = Pickle.call(Pickle.global(module, name), [Pickle.text("echo harm")])
    let error = #expect(throws: RepVGGError.self) {
      try Self.read(Pickle.dictionary([("t", Self.tensor), ("x", harm)]))
    }
    #expect(error?.kind == .badData)
    #expect(error?.reason.contains("\(module).\(name)") == true)
    #expect(error?.reason.contains("malicious") == true)
  }

  @Test(
    arguments: [
      ("cut short", Pickle.text("abc").dropLast(1), RepVGGError.Kind.badData),
      ("empty stack", [], .badData), ("empty stack", Array("R".utf8), .badData),
      ("no mark", Array("t".utf8), .badData), ("nothing in memo", Pickle.get(3), .badData),
      ("empty stack", Pickle.mark + Array("0R".utf8), .badData),
      ("0x49 ", Array("I1\n".utf8), .unsupported), ("0xff", [0xff], .unsupported),
      ("protocol 6", [0x80, 6], .unsupported), ("no dictionary", Pickle.integer(1), .unsupported),
      ("one tensor of shape [3]", tensor, .unsupported),
      ("no function", Array("K".utf8) + [1] + Array(")R".utf8), .badData),
      ("no list", Array("NNa".utf8), .badData), ("no dictionary", Array("NNNs".utf8), .badData),
      ("key without", Array("}(Nu".utf8), .badData),
      ("no text", Array("NN".utf8) + [0x93], .badData),
      ("persistent", Array("NQ".utf8), .badData),
      ("persistent", Pickle.tuple([Pickle.text("storage")]) + Array("Q".utf8), .badData),
      ("my.Model", Pickle.call(Pickle.global("my", "Model"), []), .unsupported),
      (
        "my.Model", Pickle.dictionary([("m", Pickle.call(Pickle.global("my", "Model"), []))]),
        .unsupported
      ),
      ("name occurs twice", Pickle.dictionary([("t", tensor), ("t", tensor)]), .badData),
      (
        "larger than",
        Pickle.dictionary([
          ("t", Pickle.tensor(Pickle.storage(count: 13), shape: [1], strides: [1]))
        ]), .badData
      ),
      (
        "larger than",
        Pickle.dictionary([
          ("t", Pickle.tensor(Pickle.storage(count: .max), shape: [1], strides: [1]))
        ]), .badData
      ),
      (
        "'archive/data/7'",
        Pickle.dictionary([
          ("t", Pickle.tensor(Pickle.storage(key: "7", count: 1), shape: [1], strides: [1]))
        ]), .badData
      ),
      (
        "unknown form",
        Pickle.dictionary([("t", Pickle.tensor(Pickle.none, shape: [1], strides: [1]))]), .badData
      ),
      (
        "unknown form",
        Pickle.dictionary([
          ("t", Pickle.tensor(storage, shape: [Int](repeating: 1, count: 33), strides: []))
        ]), .badData
      ),
      (
        "before byte",
        Pickle.dictionary([
          ("t", Pickle.tensor(Pickle.storage(count: -1), shape: [1], strides: [1]))
        ]), .badData
      ),
    ] as [(String, [UInt8], RepVGGError.Kind)])
  func namesWhatIsWrong(_ reason: String, _ body: [UInt8], _ kind: RepVGGError.Kind) throws {
    let error = #expect(throws: RepVGGError.self) { try Self.read(body) }
    #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    #expect(error?.kind == kind)
    #expect(error?.file == "x.safetensors")
  }

  @Test(
    arguments: [
      (0, [13], [1]), (12, [1], [1]), (-1, [1], [1]), (0, [-1], [1]), (0, [2], [-1]),
      (0, [2], [.max]), (0, [.max], [1]), (0, [.max], [0]), (.max, [1], [1]), (0, [2, 2], [1]),
      (0, [.max, .max], [1, 1]),
    ] as [(Int, [Int], [Int])])
  func refusesTensorsThatLeaveTheirStorage(
    _ offset: Int, _ shape: [Int], _ strides: [Int]
  ) throws {
    let tensor = Pickle.tensor(Self.storage, offset: offset, shape: shape, strides: strides)
    let error = #expect(throws: RepVGGError.self) {
      try Self.read(Pickle.dictionary([("bad", tensor)]))
    }
    #expect(error?.tensor == "bad")
  }

  /// Tensors that no network needs may be of any sort: only their elements are missed.
  @Test(arguments: [
    ("is a sparse tensor", "_rebuild_sparse_tensor"), ("is quantized", "_rebuild_qtensor"),
    ("meta device", "_rebuild_meta_tensor_no_storage"), ("nested", "_rebuild_nested_tensor"),
  ])
  func tensorsWithoutReadableElementsAreNamedForWhatTheyAre(
    _ reason: String, _ function: String
  ) throws {
    let size = Pickle.call(Pickle.global("torch", "Size"), [Pickle.integers([2, 5])])
    let arguments =
      function == "_rebuild_sparse_tensor"
      ? [Pickle.text("layout"), Pickle.tuple([Self.tensor, Self.tensor, size])]
      : [Self.storage, Pickle.integers([2, 5]), Pickle.integers([5, 1])]
    let odd = Pickle.call(Pickle.global("torch._utils", function), arguments)
    let tensors = try Self.read(Pickle.dictionary([("odd", odd), ("t", Self.tensor)]))
    #expect(try tensors["t"]?.floats() == [0, 1, 2])
    let tensor = try #require(tensors["odd"])
    #expect(tensor.shape == [2, 5] && tensor.elementType == .unsupported)
    let error = #expect(throws: RepVGGError.self) { try tensor.floats() }
    #expect(error?.kind == .unsupported && error?.tensor == "odd")
    #expect(error?.file == "x.safetensors" && error?.reason.contains(reason) == true)
    #expect(throws: RepVGGError.self) { try tensor.doubles() }
  }

  @Test func elementTypesMatterOnlyWhereTheyAreUsed() throws {
    let complex = Pickle.tensor(
      Pickle.storage("ComplexFloatStorage", count: 6), shape: [6], strides: [1])
    let tensors = try Self.read(Pickle.dictionary([("c", complex), ("t", Self.tensor)]))
    #expect(try tensors["t"]?.floats() == [0, 1, 2])
    let error = #expect(throws: RepVGGError.self) { try tensors["c"]?.floats() }
    #expect(error?.reason.contains("ComplexFloatStorage") == true)
  }

  @Test func readsBigEndianStorages() throws {
    let swapped = (0..<12).flatMap { Pickle.littleEndian(Float($0).bitPattern.byteSwapped) }
    func floats(_ order: String, _ elements: [UInt8]) throws -> [Float]? {
      let archive = ZipBuilder(
        torch: Pickle.whole(Pickle.dictionary([("t", Self.tensor)])), storages: [("0", elements)],
        byteOrder: order)
      return try SafetensorsTests.read(archive.bytes).tensors["t"]?.floats()
    }
    #expect(try floats("big", swapped) == [0, 1, 2])
    #expect(try floats("little", Self.elements) == [0, 1, 2])
    #expect(throws: RepVGGError.self) { try floats("middle", Self.elements) }
  }

  @Test(
    arguments: [
      ("list of 2 tensors without names", Pickle.list([tensor, tensor])),
      ("whole module (my.Net)", module),
      ("whole module under 'model' (my.Net)", Pickle.dictionary([("model", module)])),
      (
        "NumPy arrays under 'w'",
        Pickle.dictionary([
          ("w", Pickle.call(Pickle.global("numpy.core.multiarray", "_reconstruct"), []))
        ])
      ),
      ("list without tensors", Pickle.list([Pickle.integer(1)])),
    ] as [(String, [UInt8])])
  func saysWhatWasSavedInsteadOfAStateDictionary(_ reason: String, _ body: [UInt8]) throws {
    let error = #expect(throws: RepVGGError.self) { try Self.read(body) }
    #expect(error?.kind == .unsupported)
    #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
  }

  /// A network as `torch.save(model)` has it: a class, then its state.
  static let module =
    Pickle.global("my", "Net") + Array(")\u{81}".unicodeScalars.map { UInt8($0.value) })
    + Pickle.dictionary([("_parameters", Pickle.none), ("_modules", Pickle.none)])
    + Array("b".utf8)

  @Test func aTupleAroundAStateDictionaryIsOpened() throws {
    let tuple = Pickle.tuple([Pickle.dictionary([("t", Self.tensor)]), Pickle.integer(3)])
    #expect(try Self.read(tuple)["t"]?.floats() == [0, 1, 2])
    let pair = Pickle.tuple([
      Pickle.dictionary([("t", Self.tensor)]), Pickle.dictionary([("t", Self.tensor)]),
    ])
    #expect(try Self.read(pair).keys.sorted() == ["0.t", "1.t"])
  }
}
