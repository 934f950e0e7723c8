/// The reduction of the usual region with a 3x3 kernel, a few output channels at a time.
///
/// It has branches of one convolution each, operators that read a single pixel, and a batch norm
/// after the sum. All of these act on every output channel by itself, so no whole kernel is held in
/// Float64. The result is that of ``LinearExpression/reduced(inputChannels:)``, rounded.
struct RowwiseReduction {
  /// A convolution with the factor and summand per channel that follow it.
  private struct Branch {
    let convolution: Convolution
    let factor: [Double]
  }

  private let geometry: ConvolutionGeometry
  private let branches: [Branch]
  /// The factor of the source pixel, if there is an identity.
  private let identity: [Double]?
  private let bias: [Double]

  /// Float64 values of a 3x3 kernel held at a time.
  private static let chunkElementCount = 1 << 16

  /// Whether a region is of the structure that is reduced so.
  static func reads(_ expression: LinearExpression, _ geometry: ConvolutionGeometry) -> Bool {
    geometry.isCentred(side: 3)
      && BranchSplit(expression)?.convolutions.allSatisfy { $0.convolutionAndFollowing != nil }
        ?? false
  }

  /// Nil for regions of another structure, which are left to the general reduction (or its refusal).
  init?(_ expression: LinearExpression, inputChannels: Int) throws(RepVGGError) {
    guard let split = BranchSplit(expression),
      let geometry = try? expression.geometry(inputChannels: inputChannels),
      geometry.isCentred(side: 3)
    else { return nil }
    let tail = try Self.affine(split.tail, channels: geometry.outputChannels)
    var bias = tail.summand
    var branches: [Branch] = []
    for term in split.convolutions {
      guard let (convolution, following) = term.convolutionAndFollowing,
        convolution.fits(geometry)
      else { return nil }
      let affine = try Self.affine(following + split.tail, channels: geometry.outputChannels)
      let own = try convolution.bias?.finiteDoubles()
      for channel in bias.indices {
        bias[channel] += affine.summand[channel] - tail.summand[channel]
        if let own { bias[channel] += own[channel] * affine.factor[channel] }
      }
      branches.append(Branch(convolution: convolution, factor: affine.factor))
    }
    guard branches.contains(where: { $0.convolution.kernelSize == 3 }) else { return nil }
    if split.diagonals.isEmpty {
      identity = nil
    } else {
      let affine = try Self.affine(
        [.sum(split.diagonals)] + split.tail, channels: geometry.outputChannels)
      for channel in bias.indices {
        bias[channel] += affine.summand[channel] - tail.summand[channel]
      }
      identity = affine.factor
    }
    self.geometry = geometry
    self.branches = branches
    self.bias = bias
  }

  private static func affine(
    _ operators: [LinearExpression], channels: Int
  ) throws(RepVGGError) -> (factor: [Double], summand: [Double]) {
    let reduced = try LinearExpression.sequence(operators).reduced(inputChannels: channels)
    return (reduced.kernel, reduced.bias)
  }

  /// Kernel `[outputChannels, inputChannels / groups, 3, 3]` and bias, rounded once.
  ///
  /// - Throws: `badData` for values that are not finite, with the tensor named.
  func rounded() throws(RepVGGError) -> (kernel: [Float], bias: [Float]) {
    let inner = geometry.inputChannels / geometry.groups
    let rowCount = max(1, Self.chunkElementCount / (9 * inner))
    var kernel = [Float](repeating: 0, count: geometry.outputChannels * inner * 9)
    var first = 0
    while first < geometry.outputChannels {
      let rows = first..<min(geometry.outputChannels, first + rowCount)
      let sums = try self.rows(rows, inner: inner)
      var probe: Float = 0
      for index in sums.indices {
        let value = Float(sums[index])
        kernel[rows.lowerBound * inner * 9 + index] = value
        probe += value * 0
      }
      guard probe == 0 else { throw failure() }
      first = rows.upperBound
    }
    let roundedBias = bias.map { Float($0) }
    guard roundedBias.allSatisfy(\.isFinite) else { throw failure() }
    return (kernel, roundedBias)
  }

  /// Some output channels of the kernel, in Float64.
  private func rows(_ rows: Range<Int>, inner: Int) throws(RepVGGError) -> [Double] {
    var sums = [Double](repeating: 0, count: rows.count * inner * 9)
    for branch in branches {
      let size = branch.convolution.kernelSize.height
      let length = inner * size * size
      let range = rows.lowerBound * length..<rows.upperBound * length
      let values = try branch.convolution.kernel.doubles(in: range)
      for row in rows {
        let factor = branch.factor[row]
        let (from, to) = ((row - rows.lowerBound) * length, (row - rows.lowerBound) * inner * 9)
        if size == 3 {
          for index in 0..<length { sums[to + index] += factor * values[from + index] }
        } else {
          for input in 0..<inner { sums[to + input * 9 + 4] += factor * values[from + input] }
        }
      }
    }
    if let identity {
      for row in rows {
        sums[((row - rows.lowerBound) * inner + row % inner) * 9 + 4] += identity[row]
      }
    }
    return sums
  }

  /// Why a value is not finite: either it is stored so, or merging left Float32's range.
  private func failure() -> RepVGGError {
    for branch in branches {
      do throws(RepVGGError) { _ = try branch.convolution.kernel.finiteDoubles() } catch {
        return error
      }
    }
    return RepVGGError(
      .badData, "a re-parameterized weight is beyond the range of Float32",
      tensor: branches.first?.convolution.kernel.name)
  }
}

extension Tensor {
  /// A range of elements in row-major order, as Float64.
  fileprivate func doubles(in range: Range<Int>) throws(RepVGGError) -> [Double] {
    if let slice = source.slice(range) { return try slice.doubles(count: range.count) }
    return Array(try doubles()[range])
  }
}

extension LinearExpression {
  /// A convolution and the diagonal operators after it; nil for any other expression.
  fileprivate var convolutionAndFollowing: (Convolution, [LinearExpression])? {
    switch self {
    case .convolution(let convolution): return (convolution, [])
    case .sequence(let operators):
      guard case .convolution(let convolution)? = operators.first,
        operators.dropFirst().allSatisfy(\.isDiagonal)
      else { return nil }
      return (convolution, Array(operators.dropFirst()))
    default: return nil
    }
  }
}

extension Convolution {
  /// Whether this is a branch of a region: a kernel of 1x1 or 3x3 with its groups, on its pixels.
  fileprivate func fits(_ region: ConvolutionGeometry) -> Bool {
    guard let own = try? geometry(inputChannels: region.inputChannels) else { return false }
    return own.outputChannels == region.outputChannels && own.groups == region.groups
      && (own.isCentred(side: 1) || own.isCentred(side: 3))
  }
}
