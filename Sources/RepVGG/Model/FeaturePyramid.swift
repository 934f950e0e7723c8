/// Networks on top of RepVGG's stages for detection and segmentation: a pyramid in which coarse images,
/// enlarged to the size of finer ones, are added to them (arXiv 1612.03144).
package struct FeaturePyramid: Sendable {
  typealias Image = NetworkBuilder.Image

  /// The stages below the pyramid.
  package var backbone: RepVGGDesign
  /// Channels of every level.
  package var channels: Int

  /// A pyramid on top of five stages.
  package init(backbone: RepVGGDesign, channels: Int) {
    self.backbone = backbone
    self.channels = channels
  }

  /// The images of stages 1 to 4, of which a pixel is 4 to 32 pixels of the input.
  private func stages(
    _ architecture: Architecture, _ network: NetworkBuilder, _ weights: SeededTensors
  ) -> (layers: SeededLayers, stages: [Image]) {
    var (network, weights) = (network, weights)
    let stages = backbone.appendStages(
      inputChannels: architecture.inputChannels, &network, &weights, prefix: "backbone.",
      areOutputs: false)
    return (SeededLayers(network: network, weights: weights), Array(stages.dropFirst()))
  }

  /// One image of `channels` for each stage: its own projected, and the coarser ones enlarged.
  private func levels(_ stages: [Image], _ layers: inout SeededLayers) -> [Image] {
    var levels = stages.enumerated().map { index, stage in
      layers.biased("lateral_convs.\(index)", stage, to: channels, size: 1)
    }
    for index in levels.indices.dropLast().reversed() {
      let coarse = layers.resized(
        "top_down.\(index)", levels[index + 1], like: levels[index].node, .nearest(.floor),
        .asymmetric)
      levels[index] = layers.added("merged.\(index)", [levels[index], coarse])
    }
    return levels
  }

  /// The levels P3 to P7 of RetinaNet (arXiv 1708.02002, section 4) as outputs: a pixel is 8 to 128
  /// pixels of the input.
  func buildDetection(
    _ architecture: Architecture, _ network: inout NetworkBuilder, _ weights: inout SeededTensors
  ) {
    var (layers, stages) = stages(architecture, network, weights)
    stages.removeFirst()
    var outputs = levels(stages, &layers).enumerated().map { index, level in
      layers.biased("fpn_convs.\(index)", level, to: channels, size: 3)
    }
    let sixth = layers.biased("fpn_convs.3", stages[2], to: channels, size: 3, stride: 2)
    let active = Image(
      node: layers.activated("fpn_convs.3", .relu, sixth.node), channels: channels)
    outputs += [sixth, layers.biased("fpn_convs.4", active, to: channels, size: 3, stride: 2)]
    for (index, level) in outputs.enumerated() {
      layers.network.output("p\(index + 3)", level.node)
    }
    (network, weights) = (layers.network, layers.weights)
  }

  /// Scores of classes for each pixel of the input, from all levels in the size of the finest (as in
  /// arXiv 1807.10221), and auxiliary ones from stage 3.
  func buildSegmentation(
    _ architecture: Architecture, _ network: inout NetworkBuilder, _ weights: inout SeededTensors
  ) {
    var (layers, stages) = stages(architecture, network, weights)
    var parts = levels(stages, &layers).enumerated().map { index, level in
      layers.convolution("fpn_convs.\(index)", level, to: channels, size: 3)
    }
    for index in parts.indices.dropFirst() {
      parts[index] = layers.resized(
        "enlarged.\(index)", parts[index], like: parts[0].node, .linear, .halfPixel)
    }
    let fused = layers.convolution(
      "fuse", layers.concatenated("joined", parts), to: channels, size: 3)
    let classes = architecture.classCount
    let scores = layers.resized(
      "scores", layers.biased("conv_seg", fused, to: classes, size: 1),
      like: Network.NodeID(0), .linear, .halfPixel)
    let auxiliary = layers.biased(
      "aux.1", layers.convolution("aux.0", stages[2], to: channels, size: 3), to: classes, size: 1)
    layers.network.output("scores", scores.node)
    layers.network.output("auxiliary", auxiliary.node)
    (network, weights) = (layers.network, layers.weights)
  }
}

extension SeededLayers {
  /// An image in the rows and columns of another value.
  mutating func resized(
    _ name: String, _ image: Image, like other: Network.NodeID,
    _ interpolation: ResizeOperation.Interpolation, _ coordinates: ResizeOperation.Coordinates
  ) -> Image {
    let sizes = [(image.node, [0, 1]), (other, [2, 3])].map { source, axes -> Network.NodeID? in
      let part = axes[0] == 0 ? "batch" : "pixels"
      let shape = append("\(name) \(part) shape", ShapeOperation(), [source])
      let indices = constant("\(name) \(part) axes", axes)
      return append("\(name) \(part)", GatherOperation(), [shape, indices])
    }
    let shape = append("\(name) shape", ConcatOperation(axis: 0, inputCount: 2), sizes)
    let resize = ResizeOperation(interpolation: interpolation, coordinates: coordinates)
    return Image(
      node: append(name, resize, [image.node, nil, shape]), channels: image.channels)
  }
}

extension Architecture {
  /// RepVGG-A0 with a pyramid for a detector, and with a segmenter of Cityscapes' 19 classes.
  static let featureNetworks: [Architecture] = {
    let stages = RepVGGDesign(
      blockCounts: [1, 2, 4, 14, 1], channels: [48, 48, 96, 192, 1280])
    return [
      Architecture(
        name: "RepVGG-A0-FPN", inputChannels: 3, classCount: 0, inputSize: 640, family: .unnamed,
        build: FeaturePyramid(backbone: stages, channels: 256).buildDetection),
      Architecture(
        FeaturePyramid(backbone: stages, channels: 128), name: "RepVGG-A0-Seg", classCount: 19),
    ]
  }()

  /// A segmenter with a pyramid.
  package init(_ pyramid: FeaturePyramid, name: String, classCount: Int) {
    self.init(
      name: name, inputChannels: 3, classCount: classCount, inputSize: 512, family: .unnamed,
      build: pyramid.buildSegmentation)
  }
}

extension Family {
  /// A network of the catalogue whose checkpoints cannot be read: a file's names do not say how such a
  /// network is connected.
  public static let unnamed = Family(rawValue: "unnamed")
}
