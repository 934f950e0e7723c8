import RepVGG

/// What a file of weights does not say, and may differ from what other results were computed with.
enum MismatchHints {
  /// Sentences for whoever has results that differ.
  ///
  /// - Parameters:
  ///   - network: As it was read.
  ///   - options: How it was read.
  /// - Returns: What the file cannot say, with the option that sets it.
  static func list(_ network: Network, _ options: NetworkOptions) -> [String] {
    var hints: [String] = []
    if network.state == .branched {
      hints.append("the batch norms' epsilon: \(options.epsilon) was taken (--epsilon)")
    } else {
      hints.append("the batch norms' epsilon, if the branches were merged with another one")
    }
    hints.append("the strides: \(network.strideText) (--strides); dilation is not computed")
    hints.append("the activation: only ReLU is computed, and none within the classifier")
    hints.append("the preprocessing: the input must be the very array that the other program got")
    if network.origin.groups.count > 1 {
      hints.append("the group: '\(network.origin.group)' was taken (--group)")
    } else {
      hints.append("the weights: raw or averaged ones, where files of both exist (--group)")
    }
    return hints
  }
}
