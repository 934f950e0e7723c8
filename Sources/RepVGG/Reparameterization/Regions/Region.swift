/// A linear region of a network, and what became of it.
public struct LinearRegion: Sendable {
  /// The node whose result the region computes.
  public var name: String
  /// The node whose result it reads.
  public var source: String
  /// Operators, additions included.
  public var operatorCount: Int
  /// Convolutions among them.
  public var convolutionCount: Int
  /// What it becomes: `3x3 convolution, 16 to 32 channels, stride 2`.
  public var result: String

  /// What it computes.
  package let expression: LinearExpression

  init(_ expression: LinearExpression, name: String, source: String, inputChannels: Int) {
    self.expression = expression
    self.name = name
    self.source = source
    operatorCount = expression.operatorCount
    convolutionCount = expression.operators.count { $0.linearOperator?.isConvolution == true }
    let geometry = try? expression.geometry(inputChannels: inputChannels)
    result = geometry.map(\.text) ?? "stays as it is"
  }
}

/// A place where linear operators meet and are not merged.
public struct UnmergedNode: Sendable, Hashable {
  /// The node that stays.
  public var name: String
  /// Why, as a clause: `adds 'a' and 'b', which are not computed from one value`.
  public var reason: String
}

/// A network whose linear regions are single nodes, and what was found.
public struct RegionMerging: Sendable {
  /// The network; what the regions reduce to is not computed yet.
  public var network: Network
  /// Every region, in the order of the network.
  public var regions: [LinearRegion]
  /// Every place where linear operators meet and are not merged.
  public var unmerged: [UnmergedNode]
}

extension Network {
  /// The same function with every linear region as one node.
  ///
  /// A region is what lies between two values that are needed elsewhere or computed by what is not
  /// linear. Names have no meaning for it.
  ///
  /// - Parameters:
  ///   - form: `plain` merges all; `folded` leaves sums, so that every branch is one operator;
  ///     `branched` leaves everything.
  ///   - cancellation: Checked between nodes.
  /// - Returns: The network, its regions, and what is not merged for which reason.
  /// - Throws: `badData` where nodes do not fit together, `cancelled`.
  public func mergingRegions(
    in form: Form = .plain, cancellation: Cancellation = .never
  ) throws(RepVGGError) -> RegionMerging {
    try named { () throws(RepVGGError) in
      try checkOrder()
      _ = try facts()
      var merger = RegionMerger(self, channelCounts: channelCounts, form: form)
      return try merger.merged(cancellation: cancellation)
    }
  }
}

extension LinearExpression {
  /// Operators of the expression, additions included.
  fileprivate var operatorCount: Int {
    switch self {
    case .sum(let parts): parts.reduce(max(0, parts.count - 1)) { $0 + $1.operatorCount }
    case .identity: 0
    default: children.isEmpty ? 1 : children.reduce(0) { $0 + $1.operatorCount }
    }
  }
}

extension ConvolutionGeometry {
  /// `3x3 convolution, 16 to 32 channels, stride 2`.
  fileprivate var text: String {
    guard !isDiagonal else { return "factor and summand per channel" }
    var text =
      "\(kernelSize.height)x\(kernelSize.width) convolution, \(inputChannels) to"
      + " \(outputChannels) channels"
    if groups > 1 { text += ", \(groups) groups" }
    if stride != 1 { text += ", stride \(stride)" }
    if dilation != 1 { text += ", dilation \(dilation)" }
    return text
  }
}
