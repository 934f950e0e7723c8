import Foundation
import Glibc
import RepVGG
import TestSupport
import Testing

@Suite struct NPYTests {
  /// A file with a header's text as given, in a version of choice.
  static func file(_ text: String, version: UInt8 = 1, data: [UInt8]) -> [UInt8] {
    let length =
      version == 1
      ? withUnsafeBytes(of: UInt16(text.utf8.count).littleEndian, Array.init)
      : withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian, Array.init)
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(text.utf8) + data
  }

  static func read(_ bytes: [UInt8]) throws(RepVGGError) -> NPYArray {
    let file = try bytes.withUnsafeBufferPointer { buffer throws(RepVGGError) in
      try InputFile(copying: UnsafeRawBufferPointer(buffer), path: "x.npy")
    }
    return try NPYArray(parsing: file)
  }

  static func header(_ type: String, fortran: Bool = false, _ shape: String) -> String {
    "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n"
  }

  static func bytes<Element>(_ values: [Element]) -> [UInt8] {
    values.withUnsafeBytes(Array.init)
  }

  @Test func writesTheBytesThatNumPyWrites() throws {
    let folder = try TemporaryFolder()
    let names = ["input.npy", "logits_f64.npy", "stage4_train.npy", "input_odd.npy"]
    for name in names {
      let array = try NPYArray(contentsOf: Fixture.path("tiny/\(name)"))
      try array.write(to: folder.path(name))
      let written = try Data(contentsOf: URL(filePath: folder.path(name)))
      #expect(try Array(written) == Fixture.bytes("tiny/\(name)"), "\(name)")
    }
    #expect(try folder.contents == names.sorted())
  }

  @Test func readsFixtures() throws {
    let input = try NPYArray(contentsOf: Fixture.path("tiny/input.npy"))
    #expect(input.shape == [2, 3, 48, 48])
    #expect(input.elementType == .float32)
    #expect(try input.floats().count == 13824)
    let logits = try NPYArray(contentsOf: Fixture.path("tiny/logits_f64.npy"))
    #expect(logits.elementType == .float64)
    let single = try NPYArray(contentsOf: Fixture.path("tiny/logits_train.npy"))
    for (exact, rounded) in try zip(logits.tensor.doubles(), single.tensor.doubles()) {
      #expect(abs(exact - rounded) < 1e-3)
    }
  }

  @Test func readsEveryTypeAndByteOrder() throws {
    func doubles(_ type: String, _ data: [UInt8]) throws -> [Double] {
      try Self.read(Self.file(Self.header(type, "(2,)"), data: data)).tensor.doubles()
    }
    #expect(try doubles("<f4", Self.bytes([Float(1.5), -2])) == [1.5, -2])
    #expect(try doubles("=f4", Self.bytes([Float(1.5), -2])) == [1.5, -2])
    #expect(try doubles(">f4", [0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0]) == [1.5, -2])
    #expect(try doubles("<f8", Self.bytes([0.1, -1e300])) == [0.1, -1e300])
    #expect(try doubles(">f8", Self.bytes([(0.1 as Double).bitPattern.bigEndian, 0])) == [0.1, 0])
    #expect(try doubles("<f2", Self.bytes([Float16(0.5), 65504])) == [0.5, 65504])
    #expect(try doubles(">f2", [0x38, 0, 0x7b, 0xff]) == [0.5, 65504])
    #expect(try doubles("|u1", [0, 255]) == [0, 255])
    #expect(try doubles("<u1", [0, 255]) == [0, 255])
    #expect(try doubles("|i1", [0, 255]) == [0, -1])
    #expect(try doubles("|b1", [0, 1]) == [0, 1])
    #expect(try doubles("<i2", Self.bytes([Int16(-5), 500])) == [-5, 500])
    #expect(try doubles("<i4", Self.bytes([Int32(-5), 1 << 30])) == [-5, 1_073_741_824])
    #expect(try doubles(">i8", Self.bytes([Int64(-5).bigEndian, 0])) == [-5, 0])
  }

  @Test func readsFortranOrder() throws {
    let data = Self.bytes([0, 3, 1, 4, 2, 5].map(Float.init))
    let array = try Self.read(
      Self.file(Self.header("<f4", fortran: true, "(2, 3)"), data: data))
    #expect(try array.floats() == [0, 1, 2, 3, 4, 5])
    let folder = try TemporaryFolder()
    try array.write(to: folder.path("c"))
    let copy = try NPYArray(contentsOf: folder.path("c"))
    #expect(copy.shape == [2, 3])
    #expect(try copy.floats() == [0, 1, 2, 3, 4, 5])
    let image = try Self.read(
      Self.file(Self.header("|u1", fortran: true, "(2, 2)"), data: [1, 2, 3, 4]))
    #expect(try image.uint8s() == [1, 3, 2, 4])
  }

  @Test(arguments: [
    "{\"descr\":\"<f4\",\"shape\":(2,),\"fortran_order\":False}",
    "{'shape': (2L,), 'fortran_order': False, 'descr': '<f4', }          \n",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}",
    "{ 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 2 , 1 , ) , }",
  ]) func readsHeadersAsPythonWould(_ text: String) throws {
    for version: UInt8 in 1...3 {
      let data = Self.bytes([Float(1), 2])
      #expect(try Self.read(Self.file(text, version: version, data: data)).floats() == [1, 2])
    }
  }

  @Test func givesImagesWithoutConversion() throws {
    let image = try Self.read(Self.file(Self.header("|u1", "(1, 3)"), data: [0, 7, 255]))
    #expect(try image.uint8s() == [0, 7, 255])
    #expect(try image.floats() == [0, 7, 255])
    #expect(try NPYArray(Tensor(shape: [1], elements: [1])).uint8s() == nil)
  }

  @Test(arguments: [
    (header("<f4", "(3,)"), "cut short"), (header("<f4", "(1,)"), "takes 4 bytes"),
    (header("<f4", "(-1,)"), "at least 0"), (header("<f4", "(2)"), "',' expected"),
    (header("<f4", "(99999999999999999999,)"), "at least 0"),
    (header("<f4", "(9223372036854775807, 9223372036854775807, 0)"), "impossible"),
    (header("<f4", "(4294967296, 4294967296)"), "impossible"),
    (header("<c8", "(1,)"), "<c8"), (header("<c16", "(1,)"), "<c16"), (header("|O", "(1,)"), "|O"),
    (header("|f4", "(2,)"), "byte order"), (header("", "(2,)"), "not supported"),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", "records"),
    (header("<c16", "(1,)"), "complex"), (header("|O", "(1,)"), "Python objects"),
    (header("<U5", "(1,)"), "texts"), (header("|V8", "(1,)"), "raw bytes"),
    ("{'descr': '<f4', 'fortran_order': False}", "expected"),
    ("{'descr': '<f4', 'descr': '<f4'}", "unexpected key"),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", "True or False"),
    (header("<f4", "(2,)") + "x", "nothing more"), ("", "expected"), ("{", "expected"),
    ("{'descr': '<f4", "plain string"), ("{'a\\'b': 1}", "plain string"),
    (header("<f4", "(" + String(repeating: "1, ", count: 40) + "2,)"), "at most 32"),
  ])
  func namesWhatIsWrong(_ text: String, _ reason: String) throws {
    let bytes = Self.file(text, data: Self.bytes([Float(1), 2]))
    let error = #expect(throws: RepVGGError.self) { try Self.read(bytes) }
    #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    #expect(error?.file == "x.npy")
  }

  @Test func refusesOtherFilesAndVersions() throws {
    let good = Self.file(Self.header("<f4", "(1,)"), data: [0, 0, 0, 0])
    for (index, value) in [(0, 0), (5, 0), (6, 0), (6, 4)] as [(Int, UInt8)] {
      var bytes = good
      bytes[index] = value
      #expect(throws: RepVGGError.self) { try Self.read(bytes) }
    }
    let long = Self.file("", version: 2, data: []).prefix(8) + [255, 255, 255, 255]
    #expect(throws: RepVGGError.self) { try Self.read(Array(long)) }
  }

  @Test func passesThroughPipes() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    let array = NPYArray(Tensor(shape: [2, 2], elements: [1, 2, 3, 4]))
    try array.write(toDescriptor: ends[1], path: "pipe")
    try array.write(toDescriptor: ends[1], path: "pipe")
    close(ends[1])
    for _ in 0..<2 {
      let copy = try NPYArray(readingFrom: ends[0], path: "pipe")
      #expect(copy.shape == [2, 2])
      #expect(try copy.floats() == [1, 2, 3, 4])
    }
    let error = #expect(throws: RepVGGError.self) {
      try NPYArray(readingFrom: ends[0], path: "pipe")
    }
    #expect(error?.kind == .badData)
    #expect(error?.file == "pipe")
  }

  @Test func refusesToWriteWhatTheFormatLacks() throws {
    let folder = try TemporaryFolder()
    let source = SafetensorsWriterTests.Generator(elementType: .bfloat16, values: [1])
    let error = #expect(throws: RepVGGError.self) {
      try NPYArray(Tensor(shape: [1], source: source)).write(to: folder.path("x"))
    }
    #expect(error?.kind == .invalidArgument)
    #expect(try folder.contents == [])
  }
}
