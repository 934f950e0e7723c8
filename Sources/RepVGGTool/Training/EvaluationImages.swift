import RepVGG
import RepVGGTraining

/// Images for comparing forms: a data set's test images with their labels, or random ones.
struct EvaluationImages {
  /// A description for reports.
  let name: String
  private let source: (any ImageSource)?
  private let random: [Float]
  /// The number of images.
  let count: Int
  private let channels: Int
  private let height: Int
  private let width: Int
  /// Images per pass.
  private let batchSize: Int

  /// The test images of `data`, or `randomCount` random ones if it is nil.
  init(_ data: String?, size: Int?, randomCount: Int, for network: Network) throws {
    if let data {
      let set = try DataSet.named(data, size: size)
      guard set.test.classCount == network.classCount else {
        throw RepVGGError(
          .invalidArgument,
          "\(set.test.classCount) classes do not suit a network of \(network.classCount)",
          file: data)
      }
      channels = network.inputChannels
      guard channels == 3 || channels == set.test.channels else {
        throw RepVGGError(
          .invalidArgument,
          "images of \(set.test.channels) channels do not suit a network of \(channels)", file: data
        )
      }
      source = set.test
      random = []
      (count, height, width) = (set.test.count, set.test.height, set.test.width)
      name = "\(set.test.count) test images of \(set.name)"
    } else {
      let edge = size ?? 64
      source = nil
      channels = network.inputChannels
      (count, height, width) = (randomCount, edge, edge)
      random = randomImages(
        try InputShape(batch: randomCount, channels: channels, height: edge, width: edge),
        seed: 1)
      name = "\(randomCount) random images"
    }
    batchSize = min(32, count)
  }

  /// The logits of all images in one form, `[images, classes]`.
  func logits(of network: Network, form: Form, threadCount: Int) throws -> [Float] {
    let shape = try InputShape(
      batch: batchSize, channels: channels, height: height, width: width)
    let session = try Plan(
      network, input: shape, options: PlanOptions(form: form, threadCount: threadCount),
      cancellation: .interruption
    ).makeSession(cancellation: .interruption)
    let outputs = network.outputCount
    var logits: [Float] = []
    for begin in stride(from: 0, to: count, by: batchSize) {
      let valid = min(batchSize, count - begin)
      var batch: [Float] = []
      for index in begin..<begin + valid { batch += try image(index) }
      batch += [Float](repeating: 0, count: shape.elementCount - batch.count)
      logits += try session.run(batch).prefix(valid * outputs)
    }
    return logits
  }

  /// One image as normalised planes; a single plane is repeated for a network of colour images.
  private func image(_ index: Int) throws -> ArraySlice<Float> {
    let pixels = height * width
    guard let source else {
      return random[channels * pixels * index..<channels * pixels * (index + 1)]
    }
    let depth = source.channels
    var bytes = [UInt8](repeating: 0, count: pixels * depth)
    try bytes.withUnsafeMutableBufferPointer { try source.read(at: index, into: $0) }
    var planes = [Float](repeating: 0, count: channels * pixels)
    for channel in 0..<channels {
      let (scale, shift) = source.normalization.coefficients(channel)
      for pixel in 0..<pixels {
        let byte = bytes[pixel * depth + (depth == 1 ? 0 : channel)]
        planes[channel * pixels + pixel] = Float(byte) * scale + shift
      }
    }
    return planes[...]
  }

  /// The share of images whose largest logit is that of their label; nil for images without labels.
  func accuracy(of logits: [Float], classCount: Int) -> Double? {
    guard let source, count > 0, logits.count == count * classCount else { return nil }
    let correct = (0..<count).count { index in
      let row = logits[index * classCount..<(index + 1) * classCount]
      let best = row.indices.max { row[$0] < row[$1] }
      return best.map { $0 - row.startIndex } == Int(source.label(at: index))
    }
    return Double(correct) / Double(count)
  }
}
