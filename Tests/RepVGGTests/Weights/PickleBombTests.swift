import RepVGG
import Testing

/// Small files that would take for ever, or all memory, if they were believed.
@Suite struct PickleBombTests {
  static func expectError(_ body: [UInt8], _ reason: String) {
    let error = #expect(throws: RepVGGError.self) { try PickleTests.read(body) }
    #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
  }

  @Test func cycles() {
    let list = Array("]".utf8) + Pickle.put(0) + Pickle.get(0) + Array("a".utf8)
    Self.expectError(list, "contains itself")
    let dictionary =
      Array("}".utf8) + Pickle.put(0) + Pickle.text("a") + Pickle.dictionary([("b", Pickle.get(0))])
      + Array("s".utf8)
    Self.expectError(dictionary, "'a.b' contains itself")
  }

  @Test func nestingIsLimited() {
    let depth = 1_000_000
    let lists = [UInt8](repeating: UInt8(ascii: "]"), count: depth)
    let appends = [UInt8](repeating: UInt8(ascii: "a"), count: depth - 1)
    Self.expectError(lists + appends, "levels deep")
    let tuples = Array(")".utf8) + [UInt8](repeating: 0x85, count: depth)
    Self.expectError(tuples, "levels deep")
  }

  @Test func laughsAreNotRepeatedABillionTimes() throws {
    // Each list holds the one before ten times; the first holds a tensor.
    var body = Pickle.list([PickleTests.tensor]) + Pickle.put(0)
    for level in UInt8(1)...30 {
      body +=
        Pickle.list([[UInt8]](repeating: Pickle.get(level - 1), count: 10)) + Pickle.put(level)
    }
    Self.expectError(body, "more than")
    let manyReferences = (0..<200_000).flatMap { _ in Pickle.get(0) }
    let wide =
      Array("](".utf8) + [UInt8](repeating: UInt8(ascii: "N"), count: 200_000) + Array("e".utf8)
      + Pickle.put(0) + Array("](".utf8) + manyReferences + Array("e".utf8)
    Self.expectError(wide, "more than")
  }

  @Test func instructionsAreLimited() {
    let pops = [UInt8](repeating: UInt8(ascii: "N"), count: 5_000_000)
    Self.expectError(pops, "instructions")
  }

  @Test func copiesAreLimited() {
    let pair = Pickle.tuple([Pickle.text("k"), Pickle.none]) + Pickle.put(0)
    let pairs = (0..<100_000).flatMap { _ in Pickle.get(0) }
    let list = pair + Array("](".utf8) + pairs + Array("e".utf8)
    let arguments =
      list + [0x85] + Pickle.put(1) + Pickle.global("collections", "OrderedDict") + Pickle.put(2)
    let calls = (0..<100_000).flatMap { _ in Pickle.get(2) + Pickle.get(1) + Array("R".utf8) }
    Self.expectError(arguments + calls, "items")
  }

  @Test func lengthsAreNotBelieved() {
    for opcode: UInt8 in [0x58, 0x54, 0x42, 0x8b] {
      Self.expectError([opcode, 0xff, 0xff, 0xff, 0xff], "cut short")
    }
    for opcode: UInt8 in [0x8d, 0x8e, 0x96, 0x95] {
      Self.expectError([opcode] + [UInt8](repeating: 0xff, count: 8), "cut short")
    }
  }

  @Test func largeMemoIndicesCostNothing() throws {
    let body =
      Pickle.dictionary([("t", PickleTests.tensor)]) + [UInt8(ascii: "r"), 0xff, 0xff, 0xff, 0xff]
      + Array("0".utf8) + [UInt8(ascii: "j"), 0xff, 0xff, 0xff, 0xff]
    #expect(try PickleTests.read(body).keys.sorted() == ["t"])
  }

  @Test func longNamesAreRefused() {
    let name = String(repeating: "n", count: 2000)
    Self.expectError(Pickle.dictionary([(name, PickleTests.tensor)]), "longer than")
  }
}
