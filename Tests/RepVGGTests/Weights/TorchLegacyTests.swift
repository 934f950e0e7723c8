import RepVGG
import Testing

@Suite struct TorchLegacyTests {
  static func file(
    _ object: [UInt8], version: Int = 1001, littleEndian: Bool = true, keys: [String] = ["a"],
    count: Int64 = 12
  ) -> [UInt8] {
    let legacy = TorchLegacyBuilder(
      object: Pickle.dictionary([("t", object)]), keys: keys, count: count,
      elements: PickleTests.elements, version: version, isLittleEndian: littleEndian)
    return legacy.bytes
  }

  static func tensor(view: [UInt8]? = Pickle.none, offset: Int = 0) -> [UInt8] {
    Pickle.tensor(
      Pickle.storage(key: "a", count: 12, view: view), offset: offset, shape: [2], strides: [1])
  }

  static func view(_ offset: Int, _ count: Int) -> [UInt8] {
    Pickle.tuple([Pickle.text("v"), Pickle.integer(offset), Pickle.integer(count)])
  }

  @Test func readsViewsOfStorages() throws {
    let whole = try SafetensorsTests.read(Self.file(Self.tensor(offset: 3)))
    #expect(whole.format == .torchLegacy)
    #expect(try whole.tensors["t"]?.floats() == [3, 4])
    let view = Self.tensor(view: Self.view(5, 4), offset: 2)
    #expect(try SafetensorsTests.read(Self.file(view)).tensors["t"]?.floats() == [7, 8])
  }

  @Test(
    arguments: [
      ("version", .unsupported, file(tensor(), version: 1000)),
      ("is missing", .badData, file(tensor(), keys: [])),
      ("nothing describes", .badData, file(tensor(), keys: ["b"])),
      ("cut short or not", .badData, file(tensor(), count: 13)),
      ("cut short or not", .badData, file(tensor(), count: -1)),
      ("cut short or not", .badData, file(tensor()).dropLast(1)),
      ("ends after", .badData, file(tensor()).dropLast(50)),
      ("ends after", .badData, file(tensor(), keys: ["a", "a"])),
      ("leave its storage", .badData, file(tensor(view: view(5, 4), offset: 3))),
      ("view", .badData, file(tensor(view: view(5, 8)))),
      ("view", .badData, file(tensor(view: view(-1, 8)))),
      ("view", .badData, file(tensor(view: view(.max, .max)))),
      (
        "two ways", .badData,
        file(
          Pickle.list([
            tensor(),
            Pickle.tensor(
              Pickle.storage("HalfStorage", key: "a", count: 12), shape: [], strides: []),
          ]))
      ),
      ("unknown type", .unsupported, file(Pickle.storage("OddStorage", key: "a", count: 12))),
    ] as [(String, RepVGGError.Kind, [UInt8])])
  func namesWhatIsWrong(_ reason: String, _ kind: RepVGGError.Kind, _ bytes: [UInt8]) throws {
    let error = #expect(throws: RepVGGError.self) { try SafetensorsTests.read(bytes) }
    #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    #expect(error?.kind == kind)
  }
}
