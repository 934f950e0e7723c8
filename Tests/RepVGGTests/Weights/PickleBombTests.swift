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
    let depth = 400_000
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

  /// One byte makes a container of some 70.
  @Test(arguments: ["]", "}", ")"] as [Unicode.Scalar]) func containersAreLimited(
    opcode: Unicode.Scalar
  ) {
    let containers = [UInt8](repeating: UInt8(ascii: opcode), count: 1_000_000)
    Self.expectError(containers, "lists, tuples and dictionaries")
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

  /// What one instruction names is looked at once, not once an instruction.
  @Test func longNamesAreNotLookedAtAgainAndAgain() throws {
    let long = String(repeating: "k", count: 60_000)
    Self.expectError(
      Pickle.text(long) + Pickle.text("n") + [0x93], "global with a name of 60000 bytes")
    // A million storages of one long key, and tensors of one tuple of arguments.
    let identifier =
      Pickle.tuple([
        Pickle.text("storage"), Pickle.global("torch", "FloatStorage"), Pickle.text(long),
        Pickle.text("cpu"), Pickle.integer(12),
      ]) + Pickle.put(0)
    let storages = (0..<500_000).flatMap { _ in Pickle.get(0) + Array("Q0".utf8) }
    let arguments =
      Pickle.tuple([
        Pickle.get(0) + Array("Q".utf8), Pickle.integer(0),
        Pickle.integers([Int](repeating: 1, count: 32)),
        Pickle.integers([Int](repeating: 0, count: 32)),
      ]) + Pickle.put(1)
    let function = Pickle.global("torch._utils", "_rebuild_tensor_v2") + Pickle.put(2)
    let tensors = (0..<500_000).flatMap { _ in Pickle.get(2) + Pickle.get(1) + Array("R0".utf8) }
    let body =
      identifier + Array("0".utf8) + storages + arguments + Array("0".utf8) + function
      + Array("0".utf8) + tensors + Array("}".utf8)
    let clock = ContinuousClock()
    let start = clock.now
    #expect(try PickleTests.read(body).isEmpty)
    let duration = start.duration(to: clock.now)
    // At 20 microseconds for a key it would take half a minute and more.
    #expect(duration < .seconds(20))
  }

  /// The limit is for the file: elements that repeat themselves, or each other, are not expanded.
  @Test func tensorsOfAFileTogetherAreLimited() throws {
    let kernel = Pickle.tensor(
      Pickle.storage(count: 12), shape: [1000, 1000], strides: [0, 0])
    let tensors = try PickleTests.read(
      Pickle.dictionary((0..<9).map { ("t\($0)", kernel) } + [("u", PickleTests.tensor)]))
    let readable = tensors.values.filter { $0.obstacle == nil }
    #expect(readable.reduce(0) { $0 + $1.count } < 5_000_000)
    #expect(readable.count == 5)
    #expect(try tensors["u"]?.floats() == [0, 1, 2])
    #expect(try tensors["t3"]?.floats().count == 1_000_000)
    let error = #expect(throws: RepVGGError.self) { try tensors["t4"]?.floats() }
    #expect(error?.reason.contains("repeats elements") == true)
  }
}
