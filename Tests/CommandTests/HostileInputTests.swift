import Foundation
import RepVGG
import TestSupport
import Testing

/// Files that are missing, damaged or malicious: the documented exit code, a message that names
/// file, tensor and reason, no crash, nothing left behind.
@Suite struct HostileInputTests {
  private static let good = CommandFixture.path("tiny/train.safetensors")
  private static let images = CommandFixture.path("tiny/input.npy")

  /// The command lines that read a checkpoint.
  private static func commands(_ file: String, _ folder: TemporaryFolder) -> [[String]] {
    [
      ["inspect", file], ["inspect", file, "--json"],
      ["convert", file, folder.path("plain.safetensors")],
      ["verify", file, "--random", "1", "--size", "32"],
      ["run", file, "-i", images, "-o", folder.path("y.npy"), "--features", folder.path("f")],
    ]
  }

  /// Tries commands on a file; every one has to end with the code and say why.
  private func refuse(
    _ code: Int32, _ file: String, _ hints: [String], isReadByInspect: Bool = false,
    in folder: TemporaryFolder, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try folder.contents
    for words in Self.commands(file, folder) where !isReadByInspect || words[0] != "inspect" {
      let outcome = try ToolProcess.repvgg.run(
        expecting: code, words, sourceLocation: sourceLocation)
      #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
      let lines = outcome.messages.split(separator: "\n")
      #expect(lines.count == 1, "\(outcome.messages)", sourceLocation: sourceLocation)
      for hint in [file] + hints {
        #expect(
          outcome.messages.contains(hint), "\(hint) in \(outcome.messages)",
          sourceLocation: sourceLocation)
      }
    }
    #expect(try folder.contents == before, sourceLocation: sourceLocation)
  }

  // MARK: - No such file

  @Test func missingFiles() throws {
    let folder = try TemporaryFolder()
    let present = try folder.file("file", [1, 2, 3])
    for path in [folder.path("absent"), "\(present)/below", "/dev/zero", folder.url.path] {
      try refuse(66, path, [], in: folder)
    }
    let words = ["run", Self.good, "-o", folder.path("y.npy"), "-i"]
    for path in [folder.path("absent.npy"), folder.url.path] {
      let outcome = try ToolProcess.repvgg.run(expecting: 66, words + [path])
      #expect(outcome.messages.contains(path))
    }
  }

  @Test func checkpointsComeFromPipesToo() throws {
    let bytes = try Data(contentsOf: URL(filePath: Self.good))
    for path in ["-", "/dev/stdin"] {
      let outcome = try ToolProcess.repvgg.run(expecting: 0, ["inspect", path], input: bytes)
      #expect(outcome.output.contains("official"))
      let cut = try ToolProcess.repvgg.run(
        expecting: 65, ["inspect", path], input: bytes.dropLast(1000))
      #expect(cut.messages.contains("cut short"))
    }
    let empty = try ToolProcess.repvgg.run(expecting: 65, ["inspect", "-"], input: Data())
    #expect(empty.messages.contains("is empty"))
  }

  // MARK: - Damaged containers

  @Test func filesThatAreNoCheckpoint() throws {
    let folder = try TemporaryFolder()
    let contents: [(String, [UInt8])] = [
      ("empty", []), ("byte", [0]), ("text", Array("hello, world".utf8)),
      ("zeros", [UInt8](repeating: 0, count: 4096)),
      ("ones", [UInt8](repeating: 0xff, count: 4096)),
      ("lfs", Array("version https://git-lfs.github.com/spec/v1\noid sha256:00".utf8)),
      // A header length beyond the file, and one that overflows.
      ("long", [0xff, 0xff, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)),
      ("overflow", [UInt8](repeating: 0xff, count: 8) + Array("{}".utf8)),
      ("none", [2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)),
    ]
    for (name, bytes) in contents {
      try refuse(65, try folder.file(name, bytes), [], in: folder)
    }
  }

  @Test(arguments: [1, 7, 8, 9, 500, 5000, 20_000, 300_000])
  func truncatedCheckpoints(byteCount: Int) throws {
    let bytes = try Data(contentsOf: URL(filePath: Self.good))
    try #require(byteCount < bytes.count)
    let folder = try TemporaryFolder()
    try refuse(65, try folder.file("cut", bytes.prefix(byteCount)), [], in: folder)
  }

  @Test func headersThatLie() throws {
    let folder = try TemporaryFolder()
    let cases = [
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16]}}"#,
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,17]}}"#,
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}}"#,
      #"{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}"#,
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[1000000,1000016]}}"#,
      #"{"a":{"dtype":"X9","shape":[4],"data_offsets":[0,16]}}"#,
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}"#,
      #"[]"#, #"{"a":1}"#, String(repeating: "[", count: 100_000),
      #"{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,16]}}"#,
    ]
    for (index, json) in cases.enumerated() {
      let length = withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { Array($0) }
      let bytes = length + Array(json.utf8) + [UInt8](repeating: 0, count: 16)
      let path = try folder.file("lie-\(index)", bytes)
      let outcome = try ToolProcess.repvgg.run(expecting: 65, ["inspect", path])
      #expect(outcome.messages.contains(path))
    }
  }

  // MARK: - Wrong tensors

  /// A copy of `tiny` with some tensors changed; nil removes one.
  private func changed(
    _ folder: TemporaryFolder, _ changes: [String: Tensor?]
  ) throws -> String {
    var checkpoint = try Checkpoint(contentsOf: Self.good)
    for (name, tensor) in changes {
      if tensor == nil { #expect(checkpoint.tensors[name] != nil) }
      checkpoint.tensors[name] = tensor
    }
    let path = folder.path("changed.safetensors")
    try checkpoint.write(safetensors: path, replacing: true)
    return path
  }

  private func tensor(
    _ name: String, change: (inout [Float]) -> Void
  ) throws -> Tensor {
    let original = try #require(try Checkpoint(contentsOf: Self.good).tensors[name])
    var elements = try original.floats()
    change(&elements)
    return Tensor(shape: original.shape, elements: elements)
  }

  @Test(
    arguments: [
      "stage0.rbr_dense.conv.weight", "stage1.0.rbr_1x1.conv.weight",
      "stage2.1.rbr_identity.weight", "stage3.0.rbr_dense.bn.bias",
      "stage3.1.rbr_1x1.bn.running_mean", "stage4.0.rbr_dense.bn.running_var", "linear.weight",
      "linear.bias",
    ], [Float.nan, .infinity, -.infinity])
  func weightsThatAreNotFinite(_ name: String, _ value: Float) throws {
    let folder = try TemporaryFolder()
    let wrong = try tensor(name) { $0[$0.count / 2] = value }
    try refuse(65, changed(folder, [name: wrong]), [name], isReadByInspect: true, in: folder)
  }

  @Test(arguments: ["stage0.rbr_1x1.bn.running_var", "stage2.1.rbr_identity.running_var"])
  func negativeVariance(_ name: String) throws {
    let folder = try TemporaryFolder()
    let wrong = try tensor(name) { $0[1] = -0.5 }
    try refuse(
      65, changed(folder, [name: wrong]), [name, "variance"], isReadByInspect: true, in: folder)
  }

  @Test func shapesThatDoNotChain() throws {
    func zeros(_ shape: [Int]) -> Tensor {
      Tensor(shape: shape, elements: [Float](repeating: 0, count: shape.reduce(1, *)))
    }
    let folder = try TemporaryFolder()
    let cases: [(name: String, shape: [Int])] = [
      ("stage1.0.rbr_dense.conv.weight", [16, 7, 3, 3]),
      ("stage1.0.rbr_dense.conv.weight", [16, 32, 3, 3]),
      ("stage1.0.rbr_dense.conv.weight", [16, 16, 5, 5]),
      ("stage1.0.rbr_dense.conv.weight", [16, 16, 3]),
      ("stage1.0.rbr_dense.conv.weight", [16, 0, 3, 3]),
      ("stage1.0.rbr_dense.conv.weight", []),
      ("stage1.0.rbr_1x1.conv.weight", [16, 16, 3, 3]),
      ("stage1.0.rbr_1x1.bn.weight", [15]),
      ("stage1.0.rbr_1x1.bn.running_var", [16, 1]),
      ("linear.weight", [10, 63]), ("linear.weight", [0, 64]), ("linear.bias", [11]),
    ]
    for (name, shape) in cases {
      let elements = zeros(shape)
      try refuse(65, changed(folder, [name: elements]), [name], in: folder)
    }
  }

  @Test func everythingMissingAndUnexpectedIsNamedAtOnce() throws {
    let folder = try TemporaryFolder()
    let stray = Tensor(shape: [1], elements: [0])
    let missing = [
      "stage0.rbr_dense.bn.weight", "stage2.1.rbr_identity.running_mean",
      "stage3.1.rbr_1x1.conv.weight", "linear.weight",
    ]
    var changes = Dictionary(uniqueKeysWithValues: missing.map { ($0, Tensor?.none) })
    let unexpected = ["stage1.0.rbr_dense.bn.extra", "stage4.0.rbr_identity.weight", "neck.conv"]
    for name in unexpected { changes[name] = .some(stray) }
    try refuse(65, changed(folder, changes), missing + unexpected, in: folder)
  }

  @Test func fileNamesCannotForgeMessages() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a\nrepvgg: all is well\u{1b}[2J")
    let outcome = try ToolProcess.repvgg.run(expecting: 66, ["inspect", path])
    #expect(outcome.messages.split(separator: "\n").count == 1)
    #expect(!outcome.messages.contains("\u{1b}"))
  }

  // MARK: - Wrong images

  @Test func imagesThatCannotBe() throws {
    let folder = try TemporaryFolder()
    func npy(_ header: String, _ elementCount: Int = 4) -> [UInt8] {
      let text = Array("\(header)\n".utf8)
      return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)]
        + text + [UInt8](repeating: 0, count: 4 * elementCount)
    }
    func shaped(_ shape: String, _ elementCount: Int = 4, type: String = "<f4") -> [UInt8] {
      npy("{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }", elementCount)
    }
    let nan = withUnsafeBytes(of: Float.nan) { Array($0) }
    let files: [(String, [UInt8])] = [
      ("empty", []), ("text", Array("hello".utf8)),
      ("huge", shaped("(1, 3, 99999999, 99999999)")),
      ("overflow", shaped("(4611686018427387904, 3, 4, 4)")),
      ("digits", shaped("(1, 3, 99999999999999999999999, 1)")),
      ("negative", shaped("(1, 3, -1, -4)")), ("zero", shaped("(0, 3, 4, 4)", 0)),
      ("rank", shaped("(4,)")), ("channels", shaped("(1, 1, 2, 2)")),
      ("gray", shaped("(1, 4, 1, 1)")), ("short", shaped("(1, 3, 4, 4)")),
      ("long", shaped("(1, 3, 1, 1)", 4)), ("object", shaped("(1, 3, 1, 1)", 3, type: "|O")),
      ("complex", shaped("(1, 3, 1, 1)", 6, type: "<c8")),
      ("many", shaped("(100000, 3, 1, 1)", 300_000)),
      ("header", npy("{'descr': __import__('os')}")), ("open", npy("{")),
      ("nan", shaped("(1, 3, 1, 1)", 2) + nan),
    ]
    for (name, bytes) in files {
      let path = try folder.file(name, bytes)
      for command in [
        ["run", Self.good, "-i", path, "-o", folder.path("y.npy"), "--features", folder.path("f")],
        ["verify", Self.good, "--random", "0", "-i", path],
        ["verify", Self.good, "--random", "0", "-i", Self.images, "--logits", path],
      ] where name != "nan" || !command.contains("--logits") {
        let outcome = try ToolProcess.repvgg.run(expecting: 65, command)
        #expect(outcome.messages.contains(path), "\(outcome.messages)")
        #expect(outcome.output.isEmpty)
      }
    }
    #expect(try folder.contents == files.map(\.0).sorted())
  }

  @Test func outputsThatCannotBeCreated() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("file", [1])
    let run = ["run", Self.good, "-i", Self.images]
    for target in [folder.path("absent/y.npy"), folder.path("file/y.npy"), "/proc/y.npy"] {
      let words = run + ["-o", target, "--features", folder.path("f")]
      let outcome = try ToolProcess.repvgg.run(expecting: 73, words)
      #expect(outcome.messages.contains(target))
    }
    for features in [folder.path("file"), folder.path("file/f"), "/proc/f"] {
      let words = run + ["-o", folder.path("y.npy"), "--features", features]
      let outcome = try ToolProcess.repvgg.run(expecting: 73, words)
      #expect(outcome.messages.contains(features))
    }
    #expect(try folder.contents == ["file"])
  }

  @Test func aFullDiskLeavesNothing() throws {
    // Writing to /dev/full fails as a full disk does.
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    for words in [["inspect", Self.good], ["run", Self.good, "-i", Self.images, "-o", "-"]] {
      let outcome = try ToolProcess.repvgg.start(words, output: full).finish()
      #expect(outcome.code == 74)
      #expect(outcome.messages.contains("No space left"))
    }
  }
}
