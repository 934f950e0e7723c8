import RepVGG

/// Turns images of a source into a network's input.
struct BatchComposer<Scalar: TrainingScalar>: Sendable {
  let source: any ImageSource
  let channels: Int
  let augmentation: Augmentation
  let seed: UInt64

  /// Elements of one image as the network takes it.
  var imageCount: Int { source.height * source.width * channels }

  /// A composer for a network of that many channels.
  ///
  /// - Throws: `invalidArgument` where the source's images do not suit it.
  init(
    _ source: any ImageSource, channels: Int, augmentation: Augmentation, seed: UInt64
  ) throws {
    guard source.channels == channels || source.channels == 1 else {
      throw RepVGGError(
        .invalidArgument,
        "images of \(source.channels) channels do not suit a network of \(channels)")
    }
    guard (0..<min(source.height, source.width)).contains(augmentation.shift) else {
      throw RepVGGError(
        .invalidArgument,
        "images of \(source.height)x\(source.width) cannot be moved by \(augmentation.shift)")
    }
    self.source = source
    self.channels = channels
    self.augmentation = augmentation
    self.seed = seed
  }

  /// Writes the images of those indices, NHWC, one after the other, and returns their labels.
  func compose(
    _ indices: ArraySlice<Int>, epoch: Int, into target: UnsafeMutablePointer<Scalar>
  ) throws -> [Int32] {
    let byteCount = source.height * source.width * source.channels
    let coefficients = (0..<channels).map { source.normalization.coefficients($0) }
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteCount) { bytes in
      bytes.initialize(repeating: 0)
      for (position, index) in indices.enumerated() {
        try source.read(at: index, into: bytes)
        let draw = augmentation.draw(seed: seed, epoch: epoch, index: index)
        Scalar.kernels.writeImage(
          self, bytes, draw, coefficients, target + position * imageCount)
      }
    }
    return indices.map { source.label(at: $0) }
  }

  /// Writes one image, moved and mirrored as drawn.
  func write(
    _ bytes: UnsafeMutableBufferPointer<UInt8>, _ draw: Augmentation.Draw,
    _ coefficients: [(scale: Float, shift: Float)], _ target: UnsafeMutablePointer<Scalar>
  ) {
    let (height, width, depth) = (source.height, source.width, source.channels)
    for row in 0..<height {
      let from = row + draw.rows
      for column in 0..<width {
        let shifted = column + draw.columns
        let pixel = target + (row * width + column) * channels
        let isInside = (0..<height).contains(from) && (0..<width).contains(shifted)
        let mirrored = draw.isFlipped ? width - 1 - shifted : shifted
        for channel in 0..<channels {
          let (scale, shift) = coefficients[channel]
          // What moves in is the byte 0, background in every set of this kind.
          let byte =
            isInside ? bytes[(from * width + mirrored) * depth + (depth == 1 ? 0 : channel)] : 0
          pixel[channel] = Scalar(Float(byte) * scale + shift)
        }
      }
    }
  }
}
