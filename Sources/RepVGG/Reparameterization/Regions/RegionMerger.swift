/// Merges the linear nodes of a graph to regions, one node after the other.
///
/// Two rules are enough: a linear node that reads another one, which nothing else reads, forms a
/// sequence with it where that costs no multiplications; and terms of a sum that are computed from
/// one value form a sum. The input of a region is found on the way: a value that several nodes read,
/// an output, or the result of what is not linear.
struct RegionMerger {
  private let network: Network
  /// Channels of the result of each node that is read; 0 for what is not an image.
  private let channelCounts: [Int]
  private let form: Form
  private var nodes: [Network.Node?] = []
  /// Channels of the results of `nodes`.
  private var channels: [Int] = []
  /// Nodes and outputs that read each of `nodes`, those included that are still to come.
  private var readerCounts: [Int] = []
  /// Which of `nodes` has the result of each node that was read.
  private var placed: [Int] = []
  private var names: Set<UTF8Name> = []
  private var unmerged: [UnmergedNode] = []

  /// A sum may need up to this many times the multiplications of its terms: a row and a column of a
  /// kernel together have fewer weights than the square.
  private static let sumCostLimit = 2.0
  /// The most operators of a region; those of networks have some tens.
  private static let operatorLimit = 256
  /// The most linear nodes in a row that are one term of a sum.
  private static let chainLimit = 16

  init(_ network: Network, channelCounts: [Int], form: Form) {
    self.network = network
    self.channelCounts = channelCounts
    self.form = form
  }

  /// The network whose regions are single nodes.
  mutating func merged(cancellation: Cancellation) throws(RepVGGError) -> RegionMerging {
    var readers = network.readers.map(\.count)
    for output in network.outputs { readers[output.node.index] += 1 }
    for (index, node) in network.nodes.enumerated() {
      try cancellation.check()
      let inputs = node.inputs.map { placed[$0.index] }
      // What is placed for the node counts as a reader itself.
      for input in inputs { readerCounts[input] -= 1 }
      let place: Int
      switch node.operation {
      case .linear(let expression):
        place = placeLinear(expression, on: inputs[0], node.name, channelCounts[index])
      case .add:
        place = placeSum(of: inputs, node.name, channelCounts[index])
      default:
        place = append(node.name, node.operation, inputs, channelCounts[index])
      }
      placed.append(place)
      readerCounts[place] += readers[index]
    }
    return result()
  }

  // MARK: - The two rules

  /// A linear node, in sequence with those before it where that is possible.
  private mutating func placeLinear(
    _ expression: LinearExpression, on source: Int, _ name: String, _ count: Int
  ) -> Int {
    if case .identity = expression { return source }
    var (expression, source) = (expression, source)
    while form != .branched, case .linear(let inner)? = nodes[source]?.operation,
      let origin = nodes[source]?.inputs.first?.index
    {
      guard readerCounts[source] == 0 else {
        note(name, "reads '\(nodes[source]?.name ?? "")', whose result is also used elsewhere")
        break
      }
      let joined = LinearExpression.sequence(inner.sequenceParts + expression.sequenceParts)
      if let reason = obstacle(
        to: joined, cost: cost([inner, expression], channels[origin]), channels[origin])
      {
        note(name, "reads '\(nodes[source]?.name ?? "")': \(reason)")
        break
      }
      remove(source)
      (expression, source) = (joined, origin)
    }
    return append(name, .linear(expression), [source], count)
  }

  /// A sum whose terms from one value are one term.
  private mutating func placeSum(of inputs: [Int], _ name: String, _ count: Int) -> Int {
    guard form == .plain, inputs.count <= Self.operatorLimit else {
      return append(name, .add, inputs, count)
    }
    var terms = flattened(inputs)
    var failures: [String] = []
    while let group = largestGroup(of: terms) {
      var parts: [LinearExpression] = []
      var merged: [Term] = []
      // The terms with convolutions first, because these decide the geometry.
      for term in group.terms.sorted(by: { $0.rank > $1.rank }) {
        let joined = LinearExpression.sum(parts + [term.expression])
        let limit =
          Self.sumCostLimit
          * ((parts + [term.expression]).reduce(0) {
            $0 + cost([$1], channels[group.source])
          })
        if let reason = obstacle(to: joined, cost: limit, channels[group.source]) {
          failures.append(reason)
        } else {
          parts.append(term.expression)
          merged.append(term)
        }
      }
      guard merged.count > 1 else { break }
      for term in merged { for link in term.chain { remove(link) } }
      let isWhole = merged.count == terms.count
      let place = placeLinear(
        .sum(parts), on: group.source, isWhole ? name : unique(name + " merged"), count)
      terms = terms.filter { term in !merged.contains { $0.value == term } } + [place]
      if isWhole { return place }
    }
    guard terms.count > 1 else { return terms[0] }
    let names = terms.compactMap { nodes[$0]?.name }.map { "'\($0)'" }
    note(
      name,
      failures.first.map { "its terms: \($0)" }
        ?? "adds \(names.joined(separator: " and ")), which are not computed from one value")
    return append(name, .add, terms, count)
  }

  /// The terms of a sum, those of sums that only it reads included.
  private mutating func flattened(_ inputs: [Int]) -> [Int] {
    var terms: [Int] = []
    for input in inputs {
      if case .add? = nodes[input]?.operation, readerCounts[input] == 0,
        inputs.count(where: { $0 == input }) == 1, !terms.contains(input),
        let inner = nodes[input]?.inputs,
        terms.count + inner.count <= Self.operatorLimit
      {
        remove(input)
        terms += inner.map(\.index)
      } else {
        terms.append(input)
      }
    }
    return terms
  }

  /// A term of a sum as a function of a value before it.
  private struct Term {
    /// The node that is the term.
    let value: Int
    let expression: LinearExpression
    /// The nodes from the term to the value, which only it needs.
    let chain: [Int]
    /// Convolutions with larger kernels come first.
    let rank: Int
  }

  /// The value that most terms of a sum are computed from, at least two and one of them not the value
  /// itself.
  private func largestGroup(of terms: [Int]) -> (source: Int, terms: [Term])? {
    var groups: [Int: [Term]] = [:]
    var order: [Int] = []
    for term in terms {
      let isRepeated = terms.count(where: { $0 == term }) > 1
      for (source, form) in origins(of: term, among: terms, isRepeated: isRepeated) {
        if groups[source] == nil { order.append(source) }
        groups[source, default: []].append(form)
      }
    }
    var best: (source: Int, terms: [Term])?
    for source in order {
      guard let group = groups[source], group.count > max(1, best?.terms.count ?? 0),
        group.contains(where: { !$0.chain.isEmpty })
      else { continue }
      best = (source, group)
    }
    return best
  }

  /// A term as a function of itself and of each value before it that only linear nodes separate
  /// from it.
  private func origins(
    of term: Int, among terms: [Int], isRepeated: Bool
  ) -> [(source: Int, Term)] {
    var result = [(term, Term(value: term, expression: .identity, chain: [], rank: -1))]
    var (chain, parts, place): ([Int], [LinearExpression], Int) = ([], [], term)
    while !isRepeated, chain.count < Self.chainLimit,
      // What is a term itself is needed as such.
      chain.isEmpty ? readerCounts[place] == 0 : readerCounts[place] == 1 && !terms.contains(place),
      case .linear(let expression)? = nodes[place]?.operation,
      let source = nodes[place]?.inputs.first?.index
    {
      chain.append(place)
      parts = expression.sequenceParts + parts
      let joined: LinearExpression = parts.count == 1 ? parts[0] : .sequence(parts)
      let size = (try? joined.geometry(inputChannels: channels[source]))?.kernelElementCount ?? 0
      let rank = joined.hasConvolution ? size : -1
      result.append(
        (source, Term(value: term, expression: joined, chain: chain, rank: rank)))
      place = source
    }
    return result
  }

  // MARK: - What merging costs

  /// Why an expression is not one convolution, or is dearer than what it replaces; nil if it is.
  private func obstacle(
    to expression: LinearExpression, cost limit: Double, _ inputChannels: Int
  ) -> String? {
    guard expression.operators.count <= Self.operatorLimit else {
      return "a region has at most \(Self.operatorLimit) operators"
    }
    do throws(RepVGGError) {
      let geometry = try expression.mergedGeometry(inputChannels: inputChannels)
      guard geometry.isDiagonal || expression.hasConvolution else {
        return "there is no convolution to merge with"
      }
      let cost = geometry.multiplications
      guard geometry.isDiagonal || cost <= limit * (1 + 1e-9) else {
        return "one convolution would need more multiplications"
      }
      return nil
    } catch {
      return error.reason
    }
  }

  /// Multiplications per pixel of the input of operators that follow each other.
  private func cost(_ sequence: [LinearExpression], _ inputChannels: Int) -> Double {
    var (total, pixels, count) = (0.0, 1.0, inputChannels)
    for expression in sequence {
      guard let geometry = try? expression.geometry(inputChannels: count) else { return .infinity }
      total += pixels * geometry.multiplications
      pixels *= geometry.pixelRatio
      count = geometry.outputChannels
    }
    return total
  }

  // MARK: - Nodes

  private mutating func append(
    _ name: String, _ operation: Network.Operation, _ inputs: [Int], _ count: Int
  ) -> Int {
    for input in inputs { readerCounts[input] += 1 }
    names.insert(UTF8Name(name))
    nodes.append(
      Network.Node(name: name, operation: operation, inputs: inputs.map { Network.NodeID($0) }))
    channels.append(count)
    readerCounts.append(0)
    return nodes.count - 1
  }

  private mutating func remove(_ place: Int) {
    for input in nodes[place]?.inputs ?? [] { readerCounts[input.index] -= 1 }
    nodes[place] = nil
  }

  private func unique(_ name: String) -> String {
    var (result, number) = (name, 1)
    while names.contains(UTF8Name(result)) {
      number += 1
      result = "\(name) \(number)"
    }
    return result
  }

  private mutating func note(_ name: String, _ reason: String) {
    unmerged.append(UnmergedNode(name: name, reason: reason))
  }

  /// The nodes that are left, and what the regions became.
  private func result() -> RegionMerging {
    var ids = [Int](repeating: -1, count: nodes.count)
    var network = network
    network.nodes = []
    var regions: [LinearRegion] = []
    for (place, node) in nodes.enumerated() {
      guard var node else { continue }
      if case .linear(let expression) = node.operation, let source = node.inputs.first?.index {
        regions.append(
          LinearRegion(
            expression, name: node.name, source: nodes[source]?.name ?? "",
            inputChannels: channels[source]))
      }
      node.inputs = node.inputs.map { Network.NodeID(ids[$0.index]) }
      ids[place] = network.nodes.count
      network.nodes.append(node)
    }
    network.outputs = network.outputs.map {
      Network.Output(name: $0.name, node: Network.NodeID(ids[placed[$0.node.index]]))
    }
    let names = Set(network.nodes.map { UTF8Name($0.name) })
    return RegionMerging(
      network: network, regions: regions,
      // Of what was merged later nothing is to be said.
      unmerged: unmerged.filter { names.contains(UTF8Name($0.name)) })
  }
}

extension LinearExpression {
  /// The operators of a sequence; a sequence of one for anything else.
  fileprivate var sequenceParts: [LinearExpression] {
    if case .sequence(let parts) = self { parts } else { [self] }
  }

  /// Whether an operator is a convolution.
  fileprivate var hasConvolution: Bool {
    operators.contains { $0.linearOperator?.isConvolution == true }
  }
}

extension ConvolutionGeometry {
  /// Multiplications per pixel of the input; none for one factor per channel.
  fileprivate var multiplications: Double {
    isDiagonal ? 0 : Double(kernelElementCount) * pixelRatio
  }

  /// Pixels of the output per pixel of the input, borders aside.
  fileprivate var pixelRatio: Double { 1 / (Double(stride.height) * Double(stride.width)) }
}
