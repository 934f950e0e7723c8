/// OREPA (JUGGHM/OREPA_CVPR2022): branches without batch norms, each scaled per channel, and one batch
/// norm after their sum.
///
/// Upstream adds up the branches' kernels before it convolves; as nothing in them adds a bias, the sum of
/// the branches is the same function.
package enum OREPABlock {
  /// The block with tensors `weight_orepa_origin`, `vector` and so on; it deploys to `orepa_reparam`.
  package static func read(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let (expression, inputChannels) = try branches(block, isFlipped: false)
    return ReparameterizableBlock(
      expression: .sequence([expression, try block.norm("bn")]), inputChannels: inputChannels)
  }

  /// RepVGG's block with an OREPA branch `rbr_dense` in place of its 3x3 kernel; it deploys to
  /// `rbr_reparam`.
  ///
  /// The branch has no 1x1 kernel of its own.
  package static func readRepVGG(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let dense = block.module("rbr_dense")
    let (expression, inputChannels) = try branches(dense, isFlipped: false, names: .repVGG)
    var sum: [LinearExpression] = [.sequence([expression, try dense.norm("bn")])]
    let layout = try BlockLayout(block, try dense.kernel("weight_rbr_origin"))
    sum.append(try layout.branch("rbr_1x1.conv", "rbr_1x1.bn"))
    if let identity = try block.optionalNorm("rbr_identity") { sum.append(identity) }
    return ReparameterizableBlock(expression: .sum(sum), inputChannels: inputChannels)
  }

  /// The 1x1 block with tensors `weight_or1x1_origin` and so on; it deploys to `or1x1_reparam`.
  package static func readPointwise(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let layout = try BlockLayout(block, try block.pointwiseKernel("weight_or1x1_origin"))
    let first = try block.pointwiseKernel("weight_or1x1_l2i_conv1")
    let second = try block.pointwiseKernel("weight_or1x1_l2i_conv2")
    let scales = try Scales(block)
    return ReparameterizableBlock(
      expression: .sequence([
        .sum([
          .sequence([
            try layout.convolution(try block.pointwiseKernel("weight_or1x1_origin")), try scales[0],
          ]),
          .sequence([
            .convolution(Convolution(kernel: first)), try layout.convolution(second), try scales[1],
          ]),
        ]), try block.norm("bn"),
      ]), inputChannels: layout.inputChannels)
  }

  /// The large kernel that is several OREPA kernels one after the other, with tensors
  /// `weight0.weight_orepa_origin` and so on; it deploys to `or_large_reparam`.
  ///
  /// Upstream composes the kernels by convolving one with the next, which reverses the rows and columns
  /// of all but the first.
  package static func readLarge(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    guard (block.groups ?? 1) == 1 else {
      throw RepVGGError(
        .unsupported, "large OREPA kernels with \(block.groups ?? 1) groups cannot be read",
        tensor: block.prefix + "weight0")
    }
    let count = block.count { "weight\($0).weight_orepa_origin" }
    let first = try block.kernel("weight0.weight_orepa_origin")
    // All of the padding comes first: nothing is padded between the kernels.
    let padding = block.padding ?? Padding(vertical: count, horizontal: count)
    var operators: [LinearExpression] = []
    for number in 0..<count {
      var layer = block.module("weight\(number)")
      layer.stride = number == count - 1 ? block.stride : 1
      layer.padding = number == 0 ? padding : 0
      operators.append(try branches(layer, isFlipped: number > 0).expression)
    }
    return ReparameterizableBlock(
      expression: .sequence(operators + [try block.norm("bn")]), inputChannels: first.shape[1])
  }

  /// What the names of an OREPA branch begin with: in a convolution of its own, or in RepVGG's block.
  private enum Names: String {
    case orepa = "weight_orepa_"
    case repVGG = "weight_rbr_"

    static func + (names: Names, name: String) -> String { names.rawValue + name }
  }

  private static func branches(
    _ block: BlockTensors, isFlipped: Bool, names: Names = .orepa
  ) throws(RepVGGError) -> (expression: LinearExpression, inputChannels: Int) {
    func kernel(_ name: String) throws(RepVGGError) -> Tensor {
      let kernel = try block.kernel(name)
      return isFlipped ? kernel.flipped : kernel
    }
    let origin = try kernel(names + "origin")
    let second = try kernel(names + "1x1_kxk_conv2")
    let pointwise = try identityBased(block, names)
    let layout = try BlockLayout(block, origin, groups: pointwise.shape[0] / second.shape[1])
    let (outputs, size) = (origin.shape[0], layout.largestSize)
    let scales = try Scales(block)

    /// A 1x1 kernel, and a kernel for every output channel by itself.
    func filtered(_ name: String, _ filters: Tensor, _ scale: Int) throws(RepVGGError)
      -> LinearExpression
    {
      .sequence([
        .convolution(Convolution(kernel: try block.pointwiseKernel(name), groups: layout.groups)),
        .convolution(
          Convolution(
            kernel: isFlipped ? filters.flipped : filters, stride: block.stride,
            padding: layout.largestPadding, groups: outputs)), try scales[scale],
      ])
    }
    let shape = [outputs, 1, size.height, size.width]
    let average = try block.tensor(names + "avg_avg")
    let prior = try block.tensor(names + "prior")
    guard average.count == size.height * size.width, prior.count == outputs * average.count else {
      throw RepVGGError(
        .badData, "has shape \(prior.shape) for kernels of \(origin.shape)", tensor: prior.name)
    }
    let averages = average.mapped(to: shape) { values in
      (0..<outputs).flatMap { _ in values }
    }
    let depthwise = try kernel(names + "gconv_dw")
    var branches: [LinearExpression] = [
      .sequence([try layout.convolution(origin), try scales[0]]),
      try filtered(names + "avg_conv", averages, 1),
      try filtered(names + "pfir_conv", prior.reshaped(shape), 2),
      .sequence([
        .convolution(Convolution(kernel: pointwise, groups: layout.groups)),
        .convolution(
          Convolution(
            kernel: second, stride: block.stride, padding: layout.largestPadding,
            groups: layout.groups)), try scales[3],
      ]),
      .sequence([
        .convolution(
          Convolution(
            kernel: depthwise, stride: block.stride, padding: layout.largestPadding,
            groups: layout.inputChannels)),
        .convolution(
          Convolution(kernel: try expansion(block, layout.groups, names), groups: layout.groups)),
        try scales[names == .repVGG ? 4 : 5],
      ]),
    ]
    if names == .orepa {
      branches.append(
        .sequence([
          try layout.convolution(try block.kernel(names + "1x1")), try scales[4],
        ]))
    }
    return (.sum(branches), layout.inputChannels)
  }

  /// The 1x1 kernel before the second one: the stored one, which is around the identity.
  private static func identityBased(
    _ block: BlockTensors, _ names: Names
  ) throws(RepVGGError) -> Tensor {
    guard block[names + "1x1_kxk_idconv1"] != nil else {
      return try block.pointwiseKernel(names + "1x1_kxk_conv1")
    }
    return try block.pointwiseKernel(names + "1x1_kxk_idconv1").plusIdentity
  }

  /// The 1x1 kernel after the depthwise one, in the order of the outputs: upstream counts its rows
  /// through the groups.
  private static func expansion(
    _ block: BlockTensors, _ groups: Int, _ names: Names
  ) throws(RepVGGError) -> Tensor {
    let kernel = try block.pointwiseKernel(names + "gconv_pw")
    let (rows, inner) = (kernel.shape[0], kernel.shape[1])
    guard groups > 1, rows % groups == 0 else { return kernel }
    let rowsPerGroup = rows / groups
    return kernel.mapped(to: kernel.shape) { values in
      (0..<rows).flatMap { row in
        let stored = row % rowsPerGroup * groups + row / rowsPerGroup
        return values[stored * inner..<(stored + 1) * inner]
      }
    }
  }

  /// The factors per channel of the branches: the rows of `vector`.
  private struct Scales {
    let vector: Tensor

    init(_ block: BlockTensors) throws(RepVGGError) {
      vector = try block.tensor("vector")
      guard vector.shape.count == 2 else {
        throw RepVGGError(
          .badData, "has shape \(vector.shape), expected a row per branch", tensor: vector.name)
      }
    }

    subscript(_ row: Int) -> LinearExpression {
      get throws(RepVGGError) {
        let channels = vector.shape[1]
        guard row < vector.shape[0] else {
          throw RepVGGError(.badData, "has no row \(row)", tensor: vector.name)
        }
        return .scale(
          vector.mapped(to: [channels]) { Array($0[row * channels..<(row + 1) * channels]) })
      }
    }
  }
}
