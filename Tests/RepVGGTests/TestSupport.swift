import Foundation
import RepVGG

/// Reproducible images with values of both signs.
func testImages(_ input: InputShape) -> [Float] {
  var state: UInt64 = 42
  return (0..<input.elementCount).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) * 0x1p-23 - 1
  }
}

/// `‖a - b‖ / ‖b‖` in Double; infinite where the counts differ or a value is not finite.
func relativeL2(_ a: [Float], _ b: [Float]) -> Double {
  guard a.count == b.count else { return .infinity }
  var (difference, norm) = (0.0, 0.0)
  for (x, y) in zip(a, b) {
    difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
    norm += Double(y) * Double(y)
  }
  let result = (difference / max(norm, .leastNormalMagnitude)).squareRoot()
  return result.isFinite ? result : .infinity
}

/// The repository's fixtures.
let fixturesFolder = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "Fixtures")

struct NPYFile {
  var shape: [Int]
  var values: [Float]
}

func readNPY(_ url: URL) throws -> NPYFile {
  let data = try Data(contentsOf: url)
  let length = Int(data[8]) + Int(data[9]) << 8
  let header = String(decoding: data[10..<10 + length], as: UTF8.self)
  let inner = header.split(separator: "(")[1].split(separator: ")")[0]
  let shape = inner.split(separator: ",").compactMap {
    Int($0.trimmingCharacters(in: .whitespaces))
  }
  let values = data[(10 + length)...].withUnsafeBytes { raw in
    (0..<shape.reduce(1, *)).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
  }
  return NPYFile(shape: shape, values: values)
}
