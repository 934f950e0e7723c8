import RepVGG

/// What a file of weights does not contain, and may therefore differ from how other results were
/// computed.
enum MismatchHints {
  /// Hints for a user whose results differ.
  ///
  /// - Parameters:
  ///   - network: The network as it was read.
  ///   - options: The options with which it was read.
  /// - Returns: What the file does not contain, with the option that sets it.
  static func list(_ network: Network, _ options: NetworkOptions) -> [String] {
    var hints: [String] = []
    if !network.isMerged {
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
