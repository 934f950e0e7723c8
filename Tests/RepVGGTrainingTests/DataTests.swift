import Foundation
import RepVGG
import RepVGGTraining
import TestSupport
import Testing

/// Data sets: what is read, and what is refused.
@Suite struct DataTests {
  static func bigEndian(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }

  static func idx(_ shape: [Int], _ elements: [UInt8], type: UInt8 = 8) -> [UInt8] {
    [0, 0, type, UInt8(shape.count)] + shape.flatMap(bigEndian) + elements
  }

  @Test func carriesTheDigits() throws {
    let data = try DataSet.digits()
    #expect(data.training.count == 1437 && data.test.count == 360)
    #expect(data.training.height == 32 && data.training.width == 32)
    #expect((0..<10).map { data.training.label(at: $0) } == [2, 8, 2, 6, 6, 7, 1, 9, 8, 5])
    #expect((0..<10).map { data.test.label(at: $0) } == [7, 9, 4, 7, 0, 2, 6, 1, 3, 1])
    var pixels = [UInt8](repeating: 0, count: 32 * 32)
    var sum = 0
    for index in 0..<data.test.count {
      try pixels.withUnsafeMutableBufferPointer { try data.test.read(at: index, into: $0) }
      sum += pixels.reduce(0) { $0 + Int($1) }
    }
    #expect(sum == 16 * 1_684_980)
    for row in 0..<32 {
      for column in 0..<32 {
        #expect(pixels[row * 32 + column] == pixels[row / 4 * 4 * 32 + column / 4 * 4])
      }
    }
  }

  @Test func readsMNISTFiles() throws {
    let folder = try TemporaryFolder()
    for (prefix, labels) in [("train", [UInt8](0...3)), ("t10k", [3, 1])] {
      let pixels = (0..<labels.count * 6).map { UInt8($0) }
      try folder.file("\(prefix)-images-idx3-ubyte", Self.idx([labels.count, 2, 3], pixels))
      try folder.file("\(prefix)-labels-idx1-ubyte", Self.idx([labels.count], labels))
    }
    let data = try DataSet.named(folder.url.path)
    #expect(data.training.count == 4 && data.test.count == 2 && data.test.classCount == 4)
    var pixels = [UInt8](repeating: 0, count: 6)
    try pixels.withUnsafeMutableBufferPointer { try data.test.read(at: 1, into: $0) }
    #expect(pixels == [6, 7, 8, 9, 10, 11])
  }

  @Test(arguments: [
    [], [0, 0, 8], idx([2, 2], [1, 2, 3, 4]), idx([1, 2, 2], [1, 2, 3]),
    idx([1, 2, 2], [1, 2, 3, 4, 5]), idx([1, 2, 2], [1, 2, 3, 4], type: 9),
    idx([0, 2, 2], []), idx([0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], [1]),
    [1] + idx([1, 2, 2], [1, 2, 3, 4]),
  ])
  func refusesDamagedIDXFiles(_ bytes: [UInt8]) throws {
    _ = bytes.withUnsafeBytes { bytes in
      #expect {
        try IDXFile(bytes, rank: 3, file: "x.idx")
      } throws: { ($0 as? RepVGGError)?.file == "x.idx" }
    }
  }

  @Test func readsCIFARFiles() throws {
    let folder = try TemporaryFolder()
    // Red, green and blue planes behind a coarse and a fine label.
    let record: [UInt8] =
      [7, 42] + [UInt8](repeating: 1, count: 1024) + [UInt8](repeating: 2, count: 1024)
      + [UInt8](repeating: 3, count: 1024)
    try folder.file("train.bin", record + record)
    try folder.file("test.bin", record)
    let data = try DataSet.named(folder.url.path)
    #expect(data.training.count == 2 && data.training.classCount == 100)
    #expect(data.test.label(at: 0) == 42)
    var pixels = [UInt8](repeating: 0, count: 3072)
    try pixels.withUnsafeMutableBufferPointer { try data.test.read(at: 0, into: $0) }
    #expect(Array(pixels.suffix(6)) == [1, 2, 3, 1, 2, 3])
    try folder.file("test.bin", Array(record.dropLast()))
    #expect(throws: RepVGGError.self) { try DataSet.named(folder.url.path) }
    try folder.file("test.bin", [7, 100] + record.dropFirst(2))
    #expect(throws: RepVGGError.self) { try DataSet.named(folder.url.path) }
    #expect(throws: RepVGGError.self) { try DataSet.named("/nowhere") }
  }

  @Test func refusesImagesThatDoNotFit() throws {
    func source(_ pixels: Int, _ labels: [Int32], height: Int = 2) throws -> MemoryImageSource {
      try MemoryImageSource(
        pixels: .init(repeating: 0, count: pixels), labels: labels, height: height, width: 2,
        channels: 1, classCount: 3, normalization: .mnist)
    }
    _ = try source(8, [0, 2])
    #expect(throws: RepVGGError.self) { try source(7, [0, 2]) }
    #expect(throws: RepVGGError.self) { try source(8, [0, 3]) }
    #expect(throws: RepVGGError.self) { try source(8, [0, -1]) }
    #expect(throws: RepVGGError.self) { try source(0, []) }
    #expect(throws: RepVGGError.self) { try source(8, [0, 1], height: 1 << 62) }
  }
}
