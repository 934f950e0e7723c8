import RepVGG
import RepVGGImaging
import Testing

@Suite struct ImagePreprocessorTests {
  @Test func agreesWithTorchvisionToTheBit() throws {
    let lines = try Goldens.lines("preprocess")
    #expect(lines.count == 18)
    for line in lines {
      let numbers = line.map { Int($0) ?? -1 }
      let image = try Goldens.noiseImage(numbers[1], numbers[2], seed: 500 + numbers[0])
      let preset = try ImagePreset(
        name: "test", resizeShortSide: numbers[3], cropSize: numbers[4],
        filter: try #require(ResizeFilter(rawValue: line[5])))
      let preprocessor = ImagePreprocessor(preset: preset)
      #expect(Goldens.summary(try preprocessor.fitted(image))[2] == line[6], "\(line)")
      let values = try preprocessor.preprocess(image)
      #expect(values.count == preprocessor.elementCount)
      let sum = values.withUnsafeBytes { Goldens.crc32($0) }
      #expect(Goldens.hexadecimal(sum) == line[7], "\(line)")
    }
  }

  @Test func writesOneSlotOfABatch() throws {
    let preprocessor = ImagePreprocessor(preset: try .author(size: 8))
    let image = try Goldens.noiseImage(20, 30, seed: 4)
    let expected = try preprocessor.preprocess(image)
    let count = preprocessor.elementCount
    let batch = UnsafeMutableBufferPointer<Float>.allocate(capacity: 3 * count)
    defer { batch.deallocate() }
    batch.initialize(repeating: -77)
    try preprocessor.preprocess(image, into: batch, slot: 1)
    #expect(batch[..<count].allSatisfy { $0 == -77 })
    #expect(batch[count..<(2 * count)].elementsEqual(expected))
    #expect(batch[(2 * count)...].allSatisfy { $0 == -77 })
    for slot in [-1, 3, Int.max, Int.min] {
      let error = failure { try preprocessor.preprocess(image, into: batch, slot: slot) }
      #expect(error?.kind == .invalidArgument)
    }
    let wrongSize = UnsafeMutableBufferPointer(rebasing: batch[..<(count - 1)])
    #expect(failure { try preprocessor.preprocess(image, into: wrongSize) } != nil)
  }

  @Test func extremeAspectRatiosNeitherTrapNorTakeMemory() throws {
    for (width, height) in [(1, 1_000_000), (1_000_000, 1), (3, 65535)] {
      let image = try Goldens.noiseImage(width, height, seed: 1)
      let fitted = try ImagePreprocessor(preset: .timm).fitted(image)
      #expect(fitted.width == 224 && fitted.height == 224)
    }
    let largest = try ImagePreset(
      name: "largest", resizeShortSide: ImagePreset.maximumSide, cropSize: 1)
    let error = failure {
      _ = try ImagePreprocessor(preset: largest).fitted(Goldens.noiseImage(1, 200_000, seed: 1))
    }
    #expect(error?.kind == .badData)
  }
}
