import RepVGG

/// How RepOptimizer turns scales into factors of gradients.
public enum GradientMultiplierRule: String, Sendable, Hashable, Codable, CaseIterable {
  /// Sums of squares, for SGD: exact for scales of any sign.
  case squares
  /// Sums of absolute values, for AdamW: exact but for AdamW's epsilon.
  case absoluteValues
  /// Signed sums as upstream has them, for AdamW: wrong where a tap's scales differ in sign.
  case signedValues
}

extension RepOptimizerScales {
  /// The scales that meet at every tap of a 3x3 kernel, `[output][input / groups][3][3]` each:
  /// of the 3x3 convolution, of the 1x1 (zero off the centre), and of the identity, which counts
  /// 1 at the centre of the diagonal because its scale is itself what is trained.
  ///
  /// - Throws: `invalidArgument` where the scales do not fit the block.
  package func parts(of block: TrainingArchitecture.Block) throws -> [[Double]] {
    let scales = try scales(of: block)
    let inputs = block.inputChannels / block.groups
    let (taps, centre) = (9, 4)
    var parts = [[Double]](
      repeating: .init(repeating: 0, count: block.outputChannels * inputs * taps),
      count: block.hasIdentity ? 3 : 2)
    for output in 0..<block.outputChannels {
      for input in 0..<inputs {
        let first = (output * inputs + input) * taps
        for tap in 0..<taps { parts[0][first + tap] = scales.convolution[output] }
        parts[1][first + centre] = scales.pointwise[output]
        if block.hasIdentity, output % inputs == input { parts[2][first + centre] = 1 }
      }
    }
    return parts
  }

  /// The gradient's factor at every tap of a block's kernel, `[output][input / groups][3][3]`.
  package func multipliers(
    of block: TrainingArchitecture.Block, rule: GradientMultiplierRule
  ) throws -> [Double] {
    let parts = try parts(of: block)
    return parts[0].indices.map { index in
      parts.reduce(0.0) { sum, part in
        switch rule {
        case .squares: sum + part[index] * part[index]
        case .absoluteValues: sum + part[index].magnitude
        case .signedValues: sum + part[index]
        }
      }
    }
  }

  /// A block's scales, which must fit it.
  package func scales(of block: TrainingArchitecture.Block) throws -> Block {
    guard let scales = blocks[block.name] else {
      throw RepVGGError(.invalidArgument, "there are no scales for block '\(block.name)'")
    }
    let channels = block.outputChannels
    guard scales.convolution.count == channels, scales.pointwise.count == channels,
      (scales.identity != nil) == block.hasIdentity,
      (scales.identity?.count ?? channels) == channels
    else {
      throw RepVGGError(
        .invalidArgument, "the scales of block '\(block.name)' do not fit its \(channels) channels")
    }
    return scales
  }
}
