import Foundation
import RepVGG
import TestSupport
import Testing

/// Arrays as people save them: each is computed as PyTorch does, or refused with its own sentence.
@Suite struct ArrayCasesTests {
  private static let cases = CommandFixture.path("cases/14-npy-inputs") + "/"
  private static let weights = cases + "w.pth"

  private func run(_ input: String, _ words: String...) throws -> ToolProcess.Outcome {
    try ToolProcess.repvgg.run(["run", Self.weights, "-i", input, "-o", "-", "-t", "1"] + words)
  }

  /// The logits of a run that has to succeed.
  private func logits(_ input: String, _ words: [String]) throws -> NPYArray {
    let folder = try TemporaryFolder()
    try ToolProcess.repvgg.run(
      expecting: 0,
      ["run", Self.weights, "-i", input, "-o", folder.path("o.npy"), "-t", "1"] + words)
    return try NPYArray(contentsOf: folder.path("o.npy"))
  }

  @Test(arguments: [
    ("x", "y"), ("fortran", "y"), ("big", "y"), ("double", "y"), ("v2", "y"), ("v3", "y"),
    ("s1", "s1-y"), ("s33", "s33-y"), ("odd", "odd-y"), ("wide", "wide-y"),
  ])
  func computesWhatPyTorchDoes(input: String, logits: String) throws {
    let outcome = try ToolProcess.repvgg.run([
      "verify", Self.weights, "--random", "0", "-i", "\(Self.cases)\(input).npy", "--logits",
      "\(Self.cases)\(logits).npy",
    ])
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.messages)")
  }

  @Test(arguments: [
    ("u8.npy", "holds bytes (uint8), which are not normalised: give --preset, or --mean and --std"),
    ("bool.npy", "holds bool, which are not images"), ("i64.npy", "holds int64"),
    ("complex.npy", "complex numbers"), ("objects.npy", "pickled Python objects"),
    ("rec.npy", "records of several fields"), ("nhwc.npy", "NHWC"), ("nhwc.npy", "(0, 3, 1, 2)"),
    ("chw.npy", "one image without a batch"), ("one-channel.npy", "images of 1 channels"),
    ("rgba.npy", "images of 4 channels"), ("batch0.npy", "no images"),
    ("h0.npy", "without pixels"), ("nan.npy", "not finite"), ("inf.npy", "not finite"),
    ("cut.npy", "takes 55296 bytes, the file holds 4872: it is cut short"),
    ("long.npy", "something follows the array"), ("x.npz", "zip archive, as NPZ"),
    ("x.pt", "PyTorch"), ("raw.bin", "raw values have no shape"), ("w.pth", "zip archive"),
    ("y.npy", "has shape [2, 7], expected [batch, 3, height, width]"),
  ])
  func refusesWithItsOwnSentence(input: String, sentence: String) throws {
    for command in [
      ["run", Self.weights, "-o", "-", "-i", Self.cases + input],
      ["verify", Self.weights, "--random", "0", "-i", Self.cases + input],
    ] {
      let outcome = try ToolProcess.repvgg.run(expecting: 65, command)
      #expect(outcome.messages.contains(input))
      #expect(outcome.messages.contains(sentence), "\(outcome.messages)")
      #expect(outcome.output.isEmpty)
    }
  }

  @Test func bytesAreNormalisedAsAsked() throws {
    let folder = try TemporaryFolder()
    let array = try NPYArray(contentsOf: Self.cases + "u8.npy")
    let bytes = try #require(try array.uint8s())
    let shape = array.shape
    let (channels, pixels) = (shape[1], shape[2] * shape[3])
    let mean: [Float] = [0.485, 0.456, 0.406]
    let deviation: [Float] = [0.229, 0.224, 0.225]
    let floats = bytes.enumerated().map { index, byte in
      let channel = index / pixels % channels
      return (Float(byte) / 255 - mean[channel]) / deviation[channel]
    }
    let normalised = folder.path("floats.npy")
    try NPYArray(Tensor(shape: shape, elements: floats)).write(to: normalised)
    let expected = try logits(normalised, []).floats()
    // The same bytes with the channels last.
    var last = [UInt8](repeating: 0, count: bytes.count)
    for (index, byte) in bytes.enumerated() {
      let (image, channel) = (index / pixels / channels, index / pixels % channels)
      last[(image * pixels + index % pixels) * channels + channel] = byte
    }
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 48, 48, 3), }\n"
    let nhwc = try folder.file(
      "nhwc.npy",
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + last
    )
    let given = ["--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225"]
    for path in [Self.cases + "u8.npy", nhwc] {
      for words in [["--preset", "timm"], ["--preset", "author"], given] {
        #expect(try logits(path, words).floats() == expected, "\(path) \(words)")
      }
    }
    let other = try logits(nhwc, ["--mean", "0.5", "--std", "0.5"]).floats()
    #expect(relativeL2(other, expected) > 1e-3)
    try ToolProcess.repvgg.run(
      expecting: 2,
      ["verify", Self.weights, "--random", "0", "-i", nhwc, "--logits", Self.cases + "y.npy"]
        + given)
  }

  @Test(arguments: [
    (["--mean", "0.5"], "one of them is missing"), (["--std", "0.5"], "one of them is missing"),
    (["--preset", "file"], "one of them is missing"),
    (["--mean", "0.5,0.5", "--std", "0.5"], "1 or 3 values"),
    (["--mean", "123.675", "--std", "58.395"], "--mean"), (["--mean", "0", "--std", "0"], "--std"),
    (["--mean", "nan", "--std", "1"], "--mean"), (["--preset", "imagenet"], "file, timm, author"),
  ])
  func halfANormalisationIsAUsageError(words: [String], sentence: String) throws {
    let outcome = try ToolProcess.repvgg.run(
      expecting: 64, ["run", Self.weights, "-i", Self.cases + "u8.npy", "-o", "-"] + words)
    #expect(outcome.messages.contains(sentence), "\(outcome.messages)")
  }

  @Test func floatsAreNotNormalisedTwice() throws {
    let outcome = try run(Self.cases + "x.npy", "--preset", "timm")
    #expect(outcome.code == 64)
    #expect(outcome.messages.contains("count as normalised"))
  }
}
