import RepVGG
import SeededNumbers

/// Random changes of training images, drawn for every image and epoch of its own.
public struct Augmentation: Sendable, Hashable, Codable {
  /// The most that an image is moved each way, in pixels; what comes in is zero.
  public var shift: Int
  /// Whether images are mirrored left to right, every second one.
  public var flips: Bool

  /// No more than these changes.
  public init(shift: Int = 0, flips: Bool = false) {
    self.shift = shift
    self.flips = flips
  }

  /// Images as they are.
  public static let none = Augmentation()

  /// What is done to one image.
  struct Draw {
    var rows = 0
    var columns = 0
    var isFlipped = false
  }

  /// What is done to an image in an epoch: always the same for the same seed.
  func draw(seed: UInt64, epoch: Int, index: Int) -> Draw {
    guard shift > 0 || flips else { return Draw() }
    var random = SplitMix64(seed: seed, keys: 11, UInt64(epoch), UInt64(index))
    var draw = Draw()
    if shift > 0 {
      draw.rows = random.below(2 * shift + 1) - shift
      draw.columns = random.below(2 * shift + 1) - shift
    }
    if flips { draw.isFlipped = random.below(2) == 1 }
    return draw
  }
}
