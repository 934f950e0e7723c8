/// The small detectors of YOLOv6 in release 3.0 (arXiv 2301.05586): a backbone of RepVGG's blocks with
/// a pyramid of poolings, a neck that fuses three of its scales each way, and a head that predicts
/// boxes and classes separately.
///
/// Names of nodes and tensors are those of meituan/YOLOv6's modules.
package struct YOLOv6Design: Sendable {
  typealias Image = NetworkBuilder.Image

  /// Channels of the backbone's images of scales 2 to 32.
  package var backboneChannels: [Int]
  /// Channels of the neck: of scale 16 and 8 on the way up, 8, 16 and 32 on the way down.
  package var neckChannels: [Int]
  /// Blocks of the backbone's scales 4 to 32, after the one that halves the image.
  package var backboneRepeats: [Int]
  /// Blocks of each of the neck's images.
  package var neckRepeats: Int

  /// A detector of five scales in the backbone, four of which have repeated blocks.
  package init(
    backboneChannels: [Int], neckChannels: [Int], backboneRepeats: [Int], neckRepeats: Int
  ) {
    self.backboneChannels = backboneChannels
    self.neckChannels = neckChannels
    self.backboneRepeats = backboneRepeats
    self.neckRepeats = neckRepeats
  }

  /// The published proportions, from the channels of scale 2.
  package init(width: Int) {
    self.init(
      backboneChannels: [1, 2, 4, 8, 16].map { width * $0 },
      neckChannels: [4, 2, 2, 4, 8].map { width * $0 }, backboneRepeats: [2, 4, 6, 2],
      neckRepeats: 4)
  }

  /// Appends the nodes with random weights.
  func build(
    _ architecture: Architecture, _ network: inout NetworkBuilder, _ weights: inout SeededTensors
  ) {
    var layers = SeededLayers(network: network, weights: weights)
    layers.weights.epsilon = 1e-3
    let images = Image(
      node: layers.network.append("input", .input(channels: architecture.inputChannels)),
      channels: architecture.inputChannels)
    let scales = backbone(images, &layers)
    let fused = neck(scales, &layers)
    var head = DetectionHead(layers: layers, classCount: architecture.classCount)
    let levels = zip(fused, [8, 16, 32]).enumerated().map { index, scale in
      head.level(index, scale.0, stride: scale.1)
    }
    head.layers.network.output("outputs", head.decoded(levels))
    (network, weights) = (head.layers.network, head.layers.weights)
  }

  /// RepVGG's blocks in a row.
  private func repeated(
    _ name: String, _ source: Image, to outputs: Int, _ count: Int, _ layers: inout SeededLayers
  ) -> Image {
    var value = layers.repVGG("\(name).conv1", source, to: outputs)
    for index in 0..<count - 1 {
      value = layers.repVGG("\(name).block.\(index)", value, to: outputs)
    }
    return value
  }

  /// The images of scales 4, 8, 16 and 32.
  private func backbone(_ images: Image, _ layers: inout SeededLayers) -> [Image] {
    var value = layers.repVGG("backbone.stem", images, to: backboneChannels[0], stride: 2)
    var scales: [Image] = []
    for (index, count) in backboneRepeats.enumerated() {
      let (name, outputs) = ("backbone.ERBlock_\(index + 2)", backboneChannels[index + 1])
      value = layers.repVGG("\(name).0", value, to: outputs, stride: 2)
      value = repeated("\(name).1", value, to: outputs, count, &layers)
      scales.append(value)
    }
    let last = scales.count - 1
    scales[last] = pooled("backbone.ERBlock_\(last + 2).2.cspsppf", scales[last], &layers)
    return scales
  }

  /// Cross-stage partial pyramid pooling: half of the channels pass, of the others maxima of growing
  /// windows join.
  private func pooled(
    _ name: String, _ source: Image, _ layers: inout SeededLayers
  ) -> Image {
    let half = source.channels / 2
    func convolution(_ number: Int, _ source: Image, to outputs: Int, size: Int) -> Image {
      layers.convolution("\(name).cv\(number).block", source, to: outputs, size: size)
    }
    var values = [
      convolution(
        4, convolution(3, convolution(1, source, to: half, size: 1), to: half, size: 3),
        to: half, size: 1)
    ]
    let passed = convolution(2, source, to: half, size: 1)
    let window = SpatialWindow(kernel: [5, 5], strides: [1, 1], pads: [2, 2, 2, 2])
    for number in 0..<3 {
      let node = layers.append(
        "\(name).m \(number)", PoolOperation(.maximum, window: window), [values[number].node])
      values.append(Image(node: node, channels: half))
    }
    let joined = convolution(
      6,
      convolution(5, layers.concatenated("\(name) pyramid", values), to: half, size: 1),
      to: half, size: 3)
    return convolution(
      7, layers.concatenated("\(name) joined", [passed, joined]), to: source.channels, size: 1)
  }

  /// The fused images of scales 8, 16 and 32.
  private func neck(_ scales: [Image], _ layers: inout SeededLayers) -> [Image] {
    func convolution(
      _ name: String, _ source: Image, to outputs: Int, size: Int = 1, stride: Int = 1
    ) -> Image {
      layers.convolution(
        "neck.\(name).block", source, to: outputs, size: size, stride: stride)
    }
    /// A scale with those that have half and twice its pixels.
    func fused(_ name: String, _ coarse: Image, _ own: Image, _ fine: Image) -> Image {
      let outputs = coarse.channels
      let parts = [
        layers.doubled("neck.\(name).upsample.upsample_transpose", coarse),
        convolution("\(name).cv1", own, to: outputs),
        convolution(
          "\(name).downsample", convolution("\(name).cv2", fine, to: outputs), to: outputs,
          size: 3, stride: 2),
      ]
      return convolution(
        "\(name).cv3", layers.concatenated("neck.\(name) joined", parts), to: outputs)
    }
    func joined(_ name: String, _ fine: Image, _ halving: String, _ coarse: Image, to outputs: Int)
      -> Image
    {
      let half = convolution(halving, fine, to: coarse.channels, size: 3, stride: 2)
      return repeated(
        "neck.\(name)", layers.concatenated("neck.\(name) joined", [half, coarse]), to: outputs,
        neckRepeats, &layers)
    }
    let widths = neckChannels
    let coarse = convolution("reduce_layer0", scales[3], to: widths[0])
    let middle = repeated(
      "neck.Rep_p4", fused("Bifusion0", coarse, scales[2], scales[1]), to: widths[0],
      neckRepeats, &layers)
    let reduced = convolution("reduce_layer1", middle, to: widths[1])
    let fine = repeated(
      "neck.Rep_p3", fused("Bifusion1", reduced, scales[1], scales[0]), to: widths[2],
      neckRepeats, &layers)
    let second = joined("Rep_n3", fine, "downsample2", reduced, to: widths[3])
    return [fine, second, joined("Rep_n4", second, "downsample1", coarse, to: widths[4])]
  }
}

extension Architecture {
  /// YOLOv6-N and S, of COCO's 80 classes.
  static let yolov6 = [("YOLOv6-N", 16), ("YOLOv6-S", 32)].map { name, width in
    Architecture(YOLOv6Design(width: width), name: name, classCount: 80)
  }

  /// A detector of YOLOv6's design.
  package init(_ design: YOLOv6Design, name: String, classCount: Int) {
    self.init(
      name: name, inputChannels: 3, classCount: classCount, inputSize: 640, family: .unnamed,
      build: design.build)
  }
}
