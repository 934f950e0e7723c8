import RepVGG
import Testing

@Suite struct StoredTensorSourceTests {
  /// Counting elements from 0 as Float32 behind one byte, so that nothing is aligned.
  static func numbers(_ count: Int) throws -> InputFile {
    let bytes = [UInt8(0xff)] + (0..<count).flatMap { withUnsafeBytes(of: Float($0), Array.init) }
    return try bytes.withUnsafeBytes { try InputFile(copying: $0, path: "numbers") }
  }

  static func source(
    _ file: InputFile, offset: Int = 0, shape: [Int], strides: [Int]? = nil
  ) throws(RepVGGError) -> StoredTensorSource {
    try StoredTensorSource(
      file: file, storage: 1..<file.byteCount, elementType: .float32, elementOffset: offset,
      shape: shape, elementStrides: strides)
  }

  @Test(
    arguments: [
      ([24], nil, 0), ([2, 3, 4], nil, 0), ([4, 3, 2], [1, 4, 8], 0), ([2, 3], [12, 2], 3),
      ([3, 1, 2], [8, 99, 1], 1), ([5, 2], [0, 1], 7), ([2, 5], [3, 0], 7), ([4], [0], 2),
      ([2, 2, 3, 2], [12, 1, 4, 2], 0), ([1, 1], [9, 9], 23), ([], nil, 5), ([3, 0, 2], nil, 24),
    ] as [([Int], [Int]?, Int)])
  func followsShapeAndStrides(_ shape: [Int], _ strides: [Int]?, _ offset: Int) throws {
    let source = try Self.source(Self.numbers(24), offset: offset, shape: shape, strides: strides)
    var rowMajor = [Int](repeating: 1, count: shape.count)
    for index in shape.indices.dropLast().reversed() {
      rowMajor[index] = rowMajor[index + 1] * shape[index + 1]
    }
    var expected = [Float(offset)]
    for (size, stride) in zip(shape, strides ?? rowMajor) {
      expected = expected.flatMap { start in (0..<size).map { start + Float($0 * stride) } }
    }
    #expect(source.count == expected.count)
    #expect(try source.floats(count: source.count) == expected)
    #expect(try source.doubles(count: source.count) == expected.map(Double.init))
    let stored = try source.withRowMajorBytes { Array($0) }
    #expect(stored == expected.flatMap { withUnsafeBytes(of: $0, Array.init) })
  }

  @Test(
    arguments: [
      ([25], nil, 0), ([24], nil, 1), ([24], nil, -1), ([24], nil, .max), ([-1], nil, 0),
      ([-1, -24], nil, 0), ([2, 3], [12, 6], 0), ([2], [-1], 5), ([2, 2], [1], 0),
      ([2], [.max], 0), ([3], [.max], 0), ([.max, 2], nil, 0), ([.max, .max, 0], nil, 0),
      ([.max], [0], 0), ([1 << 30, 1 << 30], [0, 0], 0), ([1 << 25], [0], 0),
      ([Int](repeating: 1, count: 33), nil, 0), ([2, 2], [.max / 2, .max / 2], 0),
      ([0, .max, .max], nil, 25),
    ] as [([Int], [Int]?, Int)])
  func refusesWhatLeavesTheStorage(_ shape: [Int], _ strides: [Int]?, _ offset: Int) throws {
    let file = try Self.numbers(24)
    let error = #expect(throws: RepVGGError.self) {
      try Self.source(file, offset: offset, shape: shape, strides: strides)
    }
    #expect(error?.file == "numbers")
  }

  @Test func storageStaysInTheFile() throws {
    let file = try Self.numbers(4)
    for storage in [0..<18, 17..<18, -4..<4] {
      #expect(throws: RepVGGError.self) {
        try StoredTensorSource(file: file, storage: storage, elementType: .uint8, shape: [0])
      }
    }
  }

  @Test func convertsEveryFloat16AndBFloat16() throws {
    let bytes = (0...UInt16.max).flatMap { withUnsafeBytes(of: $0, Array.init) }
    let file = try bytes.withUnsafeBytes { try InputFile(copying: $0, path: "halves") }
    for type in [ElementType.float16, .bfloat16] {
      let source = try StoredTensorSource(
        file: file, storage: 0..<bytes.count, elementType: type, shape: [65536])
      let floats = try source.floats(count: 65536)
      let doubles = try source.doubles(count: 65536)
      let wrong = (0...UInt16.max).filter { bits in
        let expected =
          type == .float16
          ? Float(Float16(bitPattern: bits)) : Float(bitPattern: UInt32(bits) << 16)
        let float = floats[Int(bits)]
        let same = expected.isNaN ? float.isNaN : float.bitPattern == expected.bitPattern
        return !same || (!expected.isNaN && doubles[Int(bits)] != Double(expected))
      }
      #expect(wrong.isEmpty)
    }
  }
}
