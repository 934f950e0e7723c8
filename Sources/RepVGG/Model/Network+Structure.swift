extension Network {
  /// What a network computes without its weights: the same for all forms and files of a network.
  package struct Structure: Sendable, Hashable {
    /// A node's operation; a linear region is the convolution that it reduces to.
    enum Operation: Sendable, Hashable {
      case input(channels: Int)
      case linear(ConvolutionGeometry)
      /// A linear region that is no single convolution.
      case irreducible
      case activation(Activation)
      case globalMean, gate, add
      case dense(outputCount: Int)
      case constant
      case tensor(String)
    }

    struct Node: Sendable, Hashable {
      let operation: Operation
      let inputs: [NodeID]
    }

    let nodes: [Node]
    let outputs: [Output]
  }

  /// The structure of the whole network.
  package var structure: Structure { structure(upTo: nodes.count, outputs) }

  /// The structure of what gives images: without the global mean and the classifier after it.
  package var trunk: Structure {
    let channels = channelCounts
    let images = outputs.filter { output in
      var node = self[output.node]
      while case .activation = node.operation, let source = node.inputs.first {
        node = self[source]
      }
      switch node.operation {
      case .globalMean, .dense: return false
      default: return channels.indices.contains(output.node.index)
      }
    }
    let last = images.map(\.node.index).max() ?? nodes.count - 1
    return structure(upTo: last + 1, images)
  }

  private func structure(upTo count: Int, _ outputs: [Output]) -> Structure {
    let channels = channelCounts
    return Structure(
      nodes: nodes.prefix(count).map { node in
        Structure.Node(
          operation: Structure.Operation(
            node.operation, inputChannels: node.inputs.first.map { channels[$0.index] } ?? 0),
          inputs: node.inputs)
      }, outputs: outputs)
  }
}

extension Network.Structure.Operation {
  fileprivate init(_ operation: Network.Operation, inputChannels: Int) {
    switch operation {
    case .input(let type): self = .input(channels: type.channels)
    case .linear(let expression):
      let geometry = try? expression.geometry(inputChannels: inputChannels)
      self = geometry.map { .linear($0) } ?? .irreducible
    case .activation(let activation): self = .activation(activation)
    case .globalMean: self = .globalMean
    case .dense(let linear): self = .dense(outputCount: linear.outputCount)
    case .gate: self = .gate
    case .constant: self = .constant
    case .tensor(let function): self = .tensor(function.name)
    case .add: self = .add
    }
  }
}

extension Architecture {
  /// The catalogue's architecture of a network, whatever its classifier is.
  ///
  /// Some names stand for the same structure: RepOptimizers' networks are RepVGG's.
  ///
  /// - Parameters:
  ///   - network: Any network.
  ///   - prefersRepOpt: Which of two names is meant.
  /// - Returns: The architecture; nil for a custom network.
  static func published(_ network: Network, prefersRepOpt: Bool) -> Architecture? {
    let trunk = network.trunk
    let matches = trunks.filter { $0.trunk == trunk }.map(\.architecture)
    return matches.first { $0.name.hasPrefix("RepOpt") == prefersRepOpt } ?? matches.first
  }

  private static let trunks: [(architecture: Architecture, trunk: Network.Structure)] =
    catalogue.map { ($0, Network($0, seed: 0).trunk) }
}
