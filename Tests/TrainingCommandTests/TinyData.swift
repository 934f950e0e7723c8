import Foundation

/// Data sets small enough to be trained on in no time, in every format that the tool reads: each
/// class has its own brightness and slant, and noise on top.
struct TinyData {
  private var state: UInt64

  init(seed: UInt64 = 1) { state = seed }

  private mutating func random(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }

  /// One plane of `size` by `size` bytes.
  private mutating func plane(_ label: Int, _ size: Int) -> [UInt8] {
    (0..<size * size).map { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: size)
      let slant = label % 2 == 0 ? row : column
      return UInt8(clamping: 40 + 50 * (label % 4) + 4 * slant + random(20))
    }
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(number >> $0 & 0xFF) }
  }

  /// MNIST's four files: 24 and 8 images of 16x16, four classes.
  mutating func writeIDX(to folder: URL) throws {
    for (prefix, count) in [("train", 24), ("t10k", 8)] {
      var images: [UInt8] = [0, 0, 8, 3] + [count, 16, 16].flatMap(Self.bigEndian)
      var labels: [UInt8] = [0, 0, 8, 1] + Self.bigEndian(count)
      for index in 0..<count {
        images += plane(index % 4, 16)
        labels.append(UInt8(index % 4))
      }
      try Data(images).write(to: folder.appending(path: "\(prefix)-images-idx3-ubyte"))
      try Data(labels).write(to: folder.appending(path: "\(prefix)-labels-idx1-ubyte"))
    }
  }

  /// The binary files of CIFAR-10 or CIFAR-100, four images each.
  mutating func writeCIFAR(isHundred: Bool, to folder: URL) throws {
    let names =
      isHundred
      ? ["train.bin", "test.bin"] : (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]
    for name in names {
      var bytes: [UInt8] = []
      for index in 0..<(isHundred ? 12 : 4) {
        if isHundred { bytes.append(UInt8(index % 20)) }
        bytes.append(UInt8(index % 4))
        for _ in 0..<3 { bytes += plane(index % 4, 32) }
      }
      try Data(bytes).write(to: folder.appending(path: name))
    }
  }

  /// An ImageFolder of portable pixmaps: two classes, eight and four images each.
  mutating func writeImageFolder(to folder: URL) throws {
    for (half, count) in [("train", 8), ("val", 4)] {
      for label in 0..<2 {
        let place = folder.appending(path: "\(half)/class\(label)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for index in 0..<count {
          let pixels = plane(3 * label, 40).flatMap { [$0, 255 - $0, $0 / 2] }
          let bytes = Array("P6\n40 40\n255\n".utf8) + pixels
          try Data(bytes).write(to: place.appending(path: "\(index).ppm"))
        }
      }
    }
  }
}
