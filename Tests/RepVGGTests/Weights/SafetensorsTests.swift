import Foundation
import RepVGG
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  /// A file of a header in JSON and bytes of data.
  static func file(_ header: String, data: [UInt8] = []) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8)
      + data
  }

  static func read(_ bytes: [UInt8]) throws(RepVGGError) -> Checkpoint {
    let file = try bytes.withUnsafeBufferPointer { buffer throws(RepVGGError) in
      try InputFile(copying: UnsafeRawBufferPointer(buffer), path: "x.safetensors")
    }
    return try Checkpoint(parsing: file)
  }

  static let families = [
    "tiny", "tiny-g2", "tiny-se", "tiny-plus-pse", "timm-tiny", "timm-tiny-se", "repopt-tiny",
    "repopt-tiny-hs",
  ]

  @Test func readsNamesShapesTypesAndValues() throws {
    let checkpoint = try Checkpoint(contentsOf: Fixture.path("tiny/train.safetensors"))
    #expect(checkpoint.format == .safetensors)
    #expect(checkpoint.file == Fixture.path("tiny/train.safetensors"))
    let weight = try #require(checkpoint.tensors["stage0.rbr_dense.conv.weight"])
    #expect(weight.elementType == .float32)
    #expect(weight.shape == [16, 3, 3, 3])
    #expect(
      try Array(weight.floats().prefix(4)) == [
        -0.1494704782962799, 0.12156806886196136, -0.09138993918895721, -0.006205515004694462,
      ])
    let sum = try weight.doubles().reduce(0, +)
    #expect(abs(sum + 5.896284948568791) < 1e-9)
    let counter = try #require(checkpoint.tensors["stage1.0.rbr_dense.bn.num_batches_tracked"])
    #expect(counter.shape == [])
    #expect(counter.elementType == .int64)
    #expect(try counter.doubles() == [4])
  }

  @Test(arguments: families) func readsEveryFixture(_ family: String) throws {
    let checkpoint = try Checkpoint(contentsOf: Fixture.path("\(family)/train.safetensors"))
    #expect(checkpoint.tensors.count > 20)
    for (name, tensor) in checkpoint.tensors {
      #expect(try tensor.floats().count == tensor.count, "\(name)")
      #expect(try tensor.floats().allSatisfy { $0.isFinite }, "\(name)")
    }
  }

  @Test func readsMetadataAndEscapes() throws {
    let header = #"""
      { "__metadata__" : {"a\u00e9\n\"": "\ud83d\ude00\/"},
        "x\\y" : {"shape":[1], "dtype":"U8", "data_offsets":[0,1]} }
      """#
    let checkpoint = try Self.read(Self.file(header, data: [7]))
    #expect(checkpoint.metadata == ["aé\n\"": "😀/"])
    #expect(try checkpoint.tensors["x\\y"]?.floats() == [7])
  }

  @Test func readsEveryElementType() throws {
    var data: [UInt8] = []
    var members: [String] = []
    func add(_ dtype: String, _ bytes: [UInt8]) {
      members.append(
        #""\#(dtype)":{"dtype":"\#(dtype)","shape":[2],"data_offsets":[\#(data.count),"#
          + "\(data.count + bytes.count)]}")
      data += bytes
    }
    func bytes<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes(Array.init) }
    // A single byte first: everything behind it is misaligned.
    add("BOOL", [0, 1])
    members.append(#""odd":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}"#)
    data.append(255)
    add("U8", [3, 255])
    add("I8", bytes([Int8(-128), 5]))
    add("I16", bytes([Int16(-32768), 77]))
    add("I32", bytes([Int32(-2_000_000_000), 77]))
    add("I64", bytes([Int64(1) << 40, -3]))
    add("F16", bytes([Float16(-1.5), 0x1p-24]))
    add("BF16", bytes([UInt16(0x3fc0), 0xc000]))
    add("F32", bytes([Float.pi, -0.0]))
    add("F64", bytes([0.1, -1e300]))
    let tensors = try Self.read(Self.file("{\(members.joined(separator: ","))}", data: data))
      .tensors
    func values(_ name: String) throws -> [Double] { try #require(tensors[name]).doubles() }
    #expect(try values("BOOL") == [0, 1])
    #expect(try values("U8") == [3, 255])
    #expect(try values("I8") == [-128, 5])
    #expect(try values("I16") == [-32768, 77])
    #expect(try values("I32") == [-2_000_000_000, 77])
    #expect(try values("I64") == [1_099_511_627_776, -3])
    #expect(try values("F16") == [-1.5, 0x1p-24])
    #expect(try values("BF16") == [1.5, -2])
    #expect(try values("F32") == [Double(Float.pi), 0])
    #expect(try values("F64") == [0.1, -1e300])
    #expect(try tensors["F64"]?.floats() == [Float(0.1), -.infinity])
    for (name, tensor) in tensors where name != "F64" {
      #expect(try tensor.floats() == tensor.doubles().map(Float.init), "\(name)")
    }
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, "expected"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}x"#, "unexpected text"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, "leave its storage"),
    (#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,4]}}"#, "takes 0 bytes"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, "end before"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, "is cut short at"),
    (#"{"a":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}"#, "gap"),
    (#"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}"#, "cover 2"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype""#, "twice"),
    (
      #"{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
        + #""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "overlap"
    ),
    (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, "an integer of at least 0"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, "at least 0"),
    (#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, "leading zero"),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551616]}}"#,
      "at most 9223372036854775807"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,4]}}"#,
      "impossible"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,0],"#
        + #""data_offsets":[0,4]}}"#, "impossible"
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, "at most 2"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}}"#, "two data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[1]}}"#, "two data_offsets"),
    (#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "unexpected field"),
    (#"{"a":[[[[[[[[[[[["#, "expected"),
    (#"{"__metadata__":{"k":1}}"#, "expected"),
    (#"{"__metadata__":{"k":"1","k":"2"}}"#, "twice"),
    (#"{"\ud800":1}"#, "surrogate"),
    (#"{"\q":1}"#, "escape"),
    ("{\"\u{1}\":1}", "control"),
  ])
  func namesWhatIsWrongWithAHeader(_ header: String, _ reason: String) throws {
    let error = #expect(throws: RepVGGError.self) {
      try Self.read(Self.file(header, data: [0, 0, 0, 0]))
    }
    #expect(error?.file == "x.safetensors")
    #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    // Only errors of form have no tensor to name.
    let isAboutTensor = error?.reason.contains("its ") == true && !reason.hasPrefix("cover")
    if isAboutTensor { #expect(error?.tensor == "a") }
  }

  @Test func refusesHeadersThatAreLongerThanTheFile() throws {
    let honest = Self.file(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#)
    for length: UInt64 in [1 << 63, .max, .max - 8, 100_000_001, UInt64(honest.count - 7)] {
      let bytes = withUnsafeBytes(of: length.littleEndian, Array.init) + honest.dropFirst(8)
      let error = #expect(throws: RepVGGError.self) { try Self.read(bytes) }
      #expect(error?.reason.contains("header of \(length) bytes") == true)
    }
  }

  @Test func readsBeyondFourGibibytes() throws {
    let folder = try TemporaryFolder()
    let elementCount = 1 << 31
    let end = elementCount * 2
    let header =
      #"{"a":{"dtype":"F16","shape":[\#(elementCount)],"data_offsets":[0,\#(end)]},"#
      + #""b":{"dtype":"F32","shape":[2],"data_offsets":[\#(end),\#(end + 8)]}}"#
    let path = try folder.file("large", Self.file(header))
    // A hole in the file takes no room on the disk.
    let handle = try #require(FileHandle(forWritingAtPath: path))
    let dataStart = try handle.seekToEnd()
    try handle.seek(toOffset: dataStart + UInt64(end))
    try handle.write(contentsOf: [Float(1.5), -2].withUnsafeBytes { Data($0) })
    try handle.close()
    let tensors = try Checkpoint(contentsOf: path).tensors
    #expect(tensors["a"]?.count == elementCount)
    #expect(try tensors["b"]?.floats() == [1.5, -2])
  }

  @Test func namesAreMadeSafeToPrint() throws {
    let header = #"{"\u001b[31m":{"dtype":"F32","shape":[9],"data_offsets":[0,4]}}"#
    let error = #expect(throws: RepVGGError.self) {
      try Self.read(Self.file(header, data: [0, 0, 0, 0]))
    }
    #expect(error?.tensor == #"\u{1b}[31m"#)
  }

  @Test func readsEightBitFloatsExactly() throws {
    let bytes = (0...UInt8.max).map { $0 }
    func values(_ type: String) throws -> [Double] {
      let header = #"{"a":{"dtype":"\#(type)","shape":[256],"data_offsets":[0,256]}}"#
      return try #require(try Self.read(Self.file(header, data: bytes)).tensors["a"]).doubles()
    }
    let e4m3 = try values("F8_E4M3")
    let e5m2 = try values("F8_E5M2")
    for bits in 0..<256 {
      let sign: Double = bits < 128 ? 1 : -1
      let (exponent, significand) = (bits >> 3 & 15, Double(bits & 7))
      if bits & 0x7f == 0x7f {
        #expect(e4m3[bits].isNaN)
      } else {
        let magnitude =
          exponent == 0 ? significand / 512 : scalbn(1 + significand / 8, exponent - 7)
        #expect(e4m3[bits] == sign * magnitude)
      }
      let half = Double(Float16(bitPattern: UInt16(bits) << 8))
      #expect(half.isNaN ? e5m2[bits].isNaN : e5m2[bits] == half)
    }
    #expect(e4m3[0x7e] == 448 && e5m2[0x7b] == 57344)
  }

  @Test func unknownElementTypesMatterOnlyWhereTheyAreUsed() throws {
    let header =
      #"{"__metadata__":null,"a":{"dtype":"F4","shape":[4],"data_offsets":[0,2]},"#
      + #""b":{"dtype":"U16","shape":[1],"data_offsets":[2,4]}}"#
    let tensors = try Self.read(Self.file(header, data: [0, 0, 255, 255])).tensors
    #expect(try tensors["b"]?.doubles() == [65535])
    let error = #expect(throws: RepVGGError.self) { try tensors["a"]?.floats() }
    #expect(error?.reason.contains("'F4'") == true && error?.kind == .unsupported)
  }

  /// Strings are compared after normalization, whose time grows with the square of such runs.
  @Test func runsOfCombiningMarksAreRefused() throws {
    for count in [30, 31, 40_000] {
      let name =
        "e" + String(repeating: "\u{301}\u{323}", count: count / 2)
        + (count % 2 == 1 ? "\u{301}" : "")
      let header =
        #"{"__metadata__":{"\#(name)":"x"},"a":{"dtype":"U8","shape":[0],"#
        + #""data_offsets":[0,0]}}"#
      if count <= 30 {
        #expect(try Self.read(Self.file(header)).metadata.count == 1)
      } else {
        let error = #expect(throws: RepVGGError.self) { try Self.read(Self.file(header)) }
        #expect(error?.reason.contains("combining marks") == true)
      }
    }
  }

  @Test func errorsAreShortWhateverTheFileHolds() throws {
    let name = String(repeating: "n", count: 1_000_000)
    let header = #"{"\#(name)":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#
    let error = #expect(throws: RepVGGError.self) { try Self.read(Self.file(header)) }
    #expect((error?.description.utf8.count ?? .max) < 1000)
    let long = RepVGGError(.badData, String(repeating: "é", count: 100_000), file: "f")
    #expect(long.description.utf8.count < 5000)
    #expect(long.description.hasSuffix("… (195904 more bytes)"))
  }

  /// The time for names without a tensor worth reading is bounded.
  @Test func namesAreLimited() throws {
    let folder = try TemporaryFolder()
    let entry = #"{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#
    let header = "{" + (0..<200_000).map { "\"n\($0)\":" + entry }.joined(separator: ",") + "}"
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { [UInt8]($0) }
    let path = try folder.file("many.safetensors", length + header.utf8)
    let error = #expect(throws: RepVGGError.self) { try Checkpoint(contentsOf: path) }
    #expect(error?.kind == .unsupported)
    #expect(error?.reason.contains("more than 131072 tensors") == true)
  }
}
