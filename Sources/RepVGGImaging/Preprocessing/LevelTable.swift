import CImageCodecs
import RepVGG

/// The network input of every level of every colour: `(level / 255 - mean) / deviation`.
struct LevelTable: Sendable {
  /// Red's 256 values, then green's and blue's.
  private let values: [Float]

  init(mean: SIMD3<Double>, standardDeviation: SIMD3<Double>) {
    // In Float32, one rounding after another, as tensors compute it.
    values = (0..<3).flatMap { channel in
      let mean = Float(mean[channel])
      let deviation = Float(standardDeviation[channel])
      return (0..<256).map { level in (Float(level) / 255 - mean) / deviation }
    }
  }

  /// The value of a level of a colour: 0 for red, 1 for green, 2 for blue.
  func value(_ level: UInt8, color: Int) -> Float { values[256 * color + Int(level)] }

  /// Splits RGB pixels into planes of values.
  func write(
    _ pixels: UnsafePointer<UInt8>, count: Int, red: UnsafeMutablePointer<Float>,
    green: UnsafeMutablePointer<Float>, blue: UnsafeMutablePointer<Float>
  ) {
    rvgk_rgb_to_planes(pixels, count, values, red, green, blue)
  }

  /// Refuses means and deviations that cannot normalise anything.
  ///
  /// - Throws: `invalidArgument`.
  static func check(
    mean: SIMD3<Double>, standardDeviation: SIMD3<Double>
  ) throws(RepVGGError) {
    for channel in 0..<3 {
      // As Float32, in which images are computed.
      guard Float(mean[channel]).isFinite else {
        throw RepVGGError(.invalidArgument, "mean \(mean[channel]) is not finite")
      }
      let deviation = Float(standardDeviation[channel])
      guard deviation.isFinite, deviation > 0 else {
        throw RepVGGError(
          .invalidArgument, "standard deviation \(standardDeviation[channel]) is not positive")
      }
    }
  }
}
