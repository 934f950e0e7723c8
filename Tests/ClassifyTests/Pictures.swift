import Foundation
import RepVGGImaging
import TestSupport

/// Pictures that tests make.
enum Pictures {
  /// A portable pixmap of smooth colours and noise that the seed decides.
  static func ppm(seed: Int, width: Int = 70, height: Int = 60) -> [UInt8] {
    var generator = SeededGenerator(seed: UInt64(seed))
    let slopes = (0..<6).map { _ in generator.below(9) - 4 }
    let offsets = (0..<3).map { _ in generator.below(256) }
    var bytes = Array("P6\n\(width) \(height)\n255\n".utf8)
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<3 {
          let value = offsets[channel] + slopes[2 * channel] * x + slopes[2 * channel + 1] * y
          bytes.append(UInt8(clamping: value + generator.below(32)))
        }
      }
    }
    return bytes
  }
}

extension Fixture {
  /// A tiny branched network of ten classes.
  static let network = path("tiny/train.pth")
  /// The same, deployed.
  static let plainNetwork = path("tiny/deploy.pth")
}
