extension Architecture {
  /// Every published architecture of RepVGG and RepOptimizers in the order of the papers, then others
  /// that consist of such blocks: MobileOne, YOLOv6, and networks with features of RepVGG.
  public static let catalogue: [Architecture] = {
    let wide = [4, 6, 16, 1]
    let deep = [8, 14, 24, 1]
    var list: [Architecture] = [
      repVGG("RepVGG-A0", [2, 4, 14, 1], [0.75, 0.75, 0.75, 2.5]),
      repVGG("RepVGG-A1", [2, 4, 14, 1], [1, 1, 1, 2.5]),
      repVGG("RepVGG-A2", [2, 4, 14, 1], [1.5, 1.5, 1.5, 2.75]),
      repVGG("RepVGG-B0", wide, [1, 1, 1, 2.5]),
    ]
    for (name, widths) in [
      ("RepVGG-B1", [2, 2, 2, 4]), ("RepVGG-B2", [2.5, 2.5, 2.5, 5]),
      ("RepVGG-B3", [3, 3, 3, 5]),
    ] {
      list.append(repVGG(name, wide, widths))
      list.append(repVGG(name + "g2", wide, widths, groups: 2))
      list.append(repVGG(name + "g4", wide, widths, groups: 4))
    }
    list += [
      repVGG(
        "RepVGG-D2se", deep, [2.5, 2.5, 2.5, 5], gate: .beforeReLU(reduction: 16), inputSize: 320),
      repVGG(
        "RepVGGplus-L2pse", deep, [2.5, 2.5, 2.5, 5], gate: .afterReLU(reduction: 4),
        inputSize: 320, dividesStage3: true),
      repVGG("RepOpt-VGG-B1", wide, [2, 2, 2, 4]),
      repVGG("RepOpt-VGG-B2", wide, [2.5, 2.5, 2.5, 5]),
      repVGG("RepOpt-VGG-L1", deep, [2, 2, 2, 4]),
      repVGG("RepOpt-VGG-L2", deep, [2.5, 2.5, 2.5, 5]),
    ]
    return list + mobileOne + yolov6 + featureNetworks
  }()

  /// The catalogue's architecture with a name; `A0`, `RepVGG-A0` and `repvgg_a0` are the same.
  public static func named(_ name: String) -> Architecture? {
    let key = comparable(name)
    return catalogue.first { comparable($0.name) == key }
      ?? catalogue.first { comparable($0.name) == "repvgg" + key }
      ?? catalogue.first { comparable($0.name) == "repvggplus" + key }
  }

  private static func comparable(_ name: String) -> String {
    String(name.lowercased().filter { $0.isLetter || $0.isNumber })
  }

  /// An architecture from block counts and width multipliers.
  ///
  /// Widths are `min(64, 64a)`, then `64a`, `128a`, `256a`, `512b`, truncated (RepVGG, table 2).
  /// Grouped variants group the layers of even index from 2 on.
  private static func repVGG(
    _ name: String, _ blockCounts: [Int], _ multipliers: [Double], groups: Int = 1,
    gate: RepVGGDesign.Gate? = nil, inputSize: Int = 224, dividesStage3: Bool = false
  ) -> Architecture {
    let widths = zip([64.0, 128, 256, 512], multipliers).map { Int($0 * $1) }
    let counts = [1] + blockCounts
    let grouped = groups == 1 ? [] : Array(stride(from: 2, to: counts.reduce(0, +), by: 2))
    return Architecture(
      RepVGGDesign(
        blockCounts: counts, channels: [min(64, widths[0])] + widths,
        groups: Dictionary(uniqueKeysWithValues: grouped.map { ($0, groups) }), gate: gate,
        dividesStage3: dividesStage3), name: name, inputSize: inputSize)
  }
}
