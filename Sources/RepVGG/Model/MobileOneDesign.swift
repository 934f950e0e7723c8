/// What distinguishes the networks of MobileOne (arXiv 2206.04040, table 2): stages of a depthwise and
/// a pointwise block in turn, then global mean and a linear head.
///
/// The first depthwise block of each stage and the stem have stride 2. A block sums several kernels of
/// one size, a 1x1 kernel where that size is 3, and the identity where shapes allow it, each with a
/// batch norm.
struct MobileOneDesign: Sendable {
  /// Pairs of blocks of every stage after the stem.
  var pairCounts = [2, 8, 10, 1]
  /// Output channels of every stage after the stem.
  var channels: [Int]
  /// Kernels of a block's own size; the stem has one.
  var kernelCount = 1
  /// The last pairs of every stage that have squeeze and excitation.
  var gatedPairCounts = [0, 0, 0, 0]

  /// Channels that squeeze and excitation reduces to one.
  private static let reduction = 16

  /// Appends the nodes with random weights.
  func build(
    _ architecture: Architecture, _ network: inout NetworkBuilder, _ weights: inout SeededTensors
  ) {
    let images = architecture.inputChannels
    let stem = min(64, channels[0])
    var value = NetworkBuilder.Image(
      node: network.append("input", .input(channels: images)), channels: images)
    func append(
      _ name: String, _ prefix: String, outputs: Int, size: Int, stride: Int, groups: Int,
      kernelCount: Int, isGated: Bool
    ) {
      let block = SeededTensors.Block(
        prefix: prefix, inputChannels: value.channels, outputChannels: outputs, stride: stride,
        groups: groups)
      value.node = network.appendBlock(
        name, weights.mobileOneBranches(block, size: size, kernelCount: kernelCount),
        gate: isGated
          ? weights.gate(
            "\(prefix).se", squeeze: "reduce", excite: "expand", channels: outputs,
            squeezed: max(1, outputs / Self.reduction), isBeforeReLU: true)
          : nil, to: value.node)
      value.channels = outputs
    }
    append(
      "stage0.0", "stage0", outputs: stem, size: 3, stride: 2, groups: 1, kernelCount: 1,
      isGated: false)
    network.output("stage0", value.node)
    for (stage, (pairCount, outputs)) in zip(pairCounts, channels).enumerated() {
      for pair in 0..<pairCount {
        let isGated = pair >= pairCount - gatedPairCounts[stage]
        for (index, isDepthwise) in [(2 * pair, true), (2 * pair + 1, false)] {
          let name = "stage\(stage + 1).\(index)"
          append(
            name, name, outputs: isDepthwise ? value.channels : outputs,
            size: isDepthwise ? 3 : 1, stride: isDepthwise && pair == 0 ? 2 : 1,
            groups: isDepthwise ? value.channels : 1, kernelCount: kernelCount, isGated: isGated)
        }
      }
      network.output("stage\(stage + 1)", value.node)
    }
    let classes = architecture.classCount
    network.appendHead(
      classes == 0
        ? nil
        : weights.linear(
          "linear", outputs: classes, inputs: value.channels, shape: [classes, value.channels]),
      to: value.node)
  }
}

extension SeededTensors {
  /// MobileOne's branches: kernels of one size, 1x1 and identity, each with a batch norm.
  mutating func mobileOneBranches(
    _ block: Block, size: Int, kernelCount: Int
  ) -> LinearExpression {
    // The more branches there are, the less each of them adds.
    let scale = (2 / Float(kernelCount + (size > 1 ? 1 : 0))).squareRoot()
    let gamma = 0.5 * scale...0.7 * scale
    var branches = (0..<kernelCount).map { number in
      normed("\(block.prefix).rbr_conv.\(number)", block, size: size, gamma: gamma)
    }
    if size > 1 {
      branches.append(
        normed("\(block.prefix).rbr_scale", block, size: 1, gamma: gamma))
    }
    if block.stride == 1, block.inputChannels == block.outputChannels {
      branches.append(
        norm("\(block.prefix).rbr_skip", block.outputChannels, gamma: 0.3...0.5))
    }
    return .sum(branches)
  }
}

extension Architecture {
  /// MobileOne-S0 to S4.
  static let mobileOne: [Architecture] = [
    ("S0", MobileOneDesign(channels: [48, 128, 256, 1024], kernelCount: 4)),
    ("S1", MobileOneDesign(channels: [96, 192, 512, 1280])),
    ("S2", MobileOneDesign(channels: [96, 256, 640, 2048])),
    ("S3", MobileOneDesign(channels: [128, 320, 768, 2048])),
    (
      "S4",
      MobileOneDesign(channels: [192, 448, 896, 2048], gatedPairCounts: [0, 0, 5, 1])
    ),
  ].map { name, design in
    Architecture(
      name: "MobileOne-" + name, inputChannels: 3, classCount: 1000, inputSize: 224,
      family: .mobileOne, build: design.build)
  }
}
