extension LayerChoice {
  /// Algorithm, tile, form of the weights and split, without the finer parameters.
  package var kind: String {
    switch self {
    case .winograd(let options):
      "winograd \(options.verticalTile)x\(options.horizontalTile)"
        + (options.weights.map { " \($0)" } ?? "")
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
        + (options.weights.map { " weights as \($0)," } ?? "")
        + " split by \(options.split.rawValue), \(options.tilesPerChunk) tiles,"
        + " panels of \(options.panelWidth), blocks of \(options.depthBlock)"
    case .direct(let options):
      "direct, split by \(options.split.rawValue), \(options.linesPerChunk) lines,"
        + " panels of \(options.panelWidth), blocks of \(options.depthBlock)"
    case .im2col: "im2col"
    }
  }
}

extension WinogradConvolution.Options {
  /// The form of the weights where it is not the usual: stored and multiplied by as matrices.
  fileprivate var weights: String? {
    if stored == .matrices { return nil }
    return stored == multiplied
      ? stored.rawValue : "\(stored.rawValue)-to-\(multiplied.rawValue)"
  }
}
