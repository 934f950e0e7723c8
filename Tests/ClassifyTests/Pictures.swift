import Foundation
import RepVGGImaging

/// Pictures that tests make.
enum Pictures {
  /// A portable pixmap of smooth colours and noise that the seed decides.
  static func ppm(seed: Int, width: Int = 70, height: Int = 60) -> [UInt8] {
    var state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    func random() -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 40)
    }
    let slopes = (0..<6).map { _ in random() % 9 - 4 }
    let offsets = (0..<3).map { _ in random() % 256 }
    var bytes = Array("P6\n\(width) \(height)\n255\n".utf8)
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<3 {
          let value = offsets[channel] + slopes[2 * channel] * x + slopes[2 * channel + 1] * y
          bytes.append(UInt8(clamping: value + random() % 32))
        }
      }
    }
    return bytes
  }
}

/// The checked-in files that tests read.
enum Fixture {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures")

  /// A tiny branched network of ten classes.
  static let network = path("tiny/train.pth")
  /// The same, deployed.
  static let plainNetwork = path("tiny/deploy.pth")

  static func path(_ name: String) -> String { root.appending(path: name).path }

  static func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(filePath: path(name))))
  }
}
