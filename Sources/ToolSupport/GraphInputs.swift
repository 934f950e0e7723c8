import CommandLineKit
import RepVGG
import SeededNumbers

/// Random inputs of a graph.
package enum GraphInputs {
  /// Height and width where neither graph nor command line say them.
  private static let defaultSide = 64

  /// A tensor for each input: real numbers of about unit size, integers 0.
  ///
  /// A size that is not fixed is 1 for a batch, and `height` or `width` for the last two of four
  /// dimensions.
  ///
  /// - Throws: `unsupported` for an input without a known rank.
  package static func random(
    _ network: Network, size: PixelSize?, seed: UInt64
  ) throws(RepVGGError) -> [String: ReferenceTensor] {
    var inputs: [String: ReferenceTensor] = [:]
    var random = SplitMix64(seed: seed)
    for node in network.nodes {
      guard case .input(let type) = node.operation else { continue }
      let shape = try shape(of: type, node.name, size)
      let count = shape.reduce(1, *)
      if type.elementType.isReal {
        inputs[node.name] = ReferenceTensor(
          shape: shape,
          (0..<count).map { _ in Double(random.float() + random.float() + random.float()) },
          elementType: type.elementType)
      } else {
        inputs[node.name] = ReferenceTensor(
          shape: shape, integers: [Int64](repeating: 0, count: count),
          elementType: type.elementType)
      }
    }
    return inputs
  }

  /// The shape of every input, free sizes chosen.
  package static func shapes(
    of network: Network, size: PixelSize?
  ) throws(RepVGGError) -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for node in network.nodes {
      if case .input(let type) = node.operation {
        shapes[node.name] = try shape(of: type, node.name, size)
      }
    }
    return shapes
  }

  /// The shape of an input, free sizes chosen.
  package static func shape(
    of type: Network.InputType, _ name: String, _ size: PixelSize?
  ) throws(RepVGGError) -> [Int] {
    guard let dimensions = type.dimensions else {
      throw RepVGGError(
        .unsupported, "the input '\(name)' does not state its rank; give its values with --input")
    }
    var shape: [Int] = []
    for (axis, dimension) in dimensions.enumerated() {
      let isImage = dimensions.count == 4
      let free =
        isImage && axis == 2
        ? size?.height ?? defaultSide : isImage && axis == 3 ? size?.width ?? defaultSide : 1
      shape.append(dimension.size ?? free)
    }
    var count = 1
    for side in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(1, side))
      guard !overflow, product <= 1 << 28 else {
        throw RepVGGError(.unsupported, "the input '\(name)' of shape \(shape) is too large")
      }
      count = product
    }
    return shape
  }
}
