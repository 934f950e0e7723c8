extension LayerChoice {
  /// Algorithm, tile, form of the weights and split, without the finer parameters.
  package var kind: String {
    switch self {
    case .winograd(let options):
      "winograd \(options.verticalTile)x\(options.horizontalTile)"
        + (options.weights == .matrices ? "" : " \(options.weights.rawValue)")
        + " \(options.split.rawValue)"
    case .direct(let options): "direct \(options.split.rawValue)"
    case .im2col: "im2col"
    }
  }

  /// The choice in a line, for reports.
  package var summary: String {
    switch self {
    case .winograd(let options):
      "winograd \(options.verticalTile)x\(options.horizontalTile), \(options.order.rawValue),"
        + (options.weights.summary.map { " \($0)," } ?? "")
        + " split by \(options.split.rawValue), \(options.tilesPerChunk) tiles,"
        + " panels of \(options.panelWidth), blocks of \(options.depthBlock)"
    case .direct(let options):
      "direct, split by \(options.split.rawValue), \(options.linesPerChunk) lines,"
        + " panels of \(options.panelWidth), blocks of \(options.depthBlock)"
    case .im2col: "im2col"
    }
  }
}

extension WinogradConvolution.Weights {
  /// What is not the usual: weights that a run makes or combines.
  fileprivate var summary: String? {
    switch self {
    case .matrices: nil
    case .halves: "weights as halves"
    case .taps: "taps made into matrices"
    case .halvedTaps: "taps made into halves"
    }
  }
}
