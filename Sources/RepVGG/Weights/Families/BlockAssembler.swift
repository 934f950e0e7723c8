/// Builds one block's linear expression and gate from its tensors.
struct BlockAssembler {
  let convention: NamingConvention
  let key: BlockKey
  let shape: Architecture.BlockShape
  let tensors: [TensorRole: Tensor]
  let epsilon: Double

  private static let placeholder = Tensor(shape: [0], elements: [])

  /// Builds the block; what is missing, unexpected or misshapen is added to `problems`.
  func block(isPlain: Bool, problems: inout NamingProblems) -> Block {
    var used: Set<TensorRole> = []
    func take(_ role: TensorRole, shapes: [[Int]]) -> Tensor {
      used.insert(role)
      guard let tensor = tensors[role] else {
        problems.missing.append(convention.name(of: role, in: key))
        return Self.placeholder
      }
      if !shapes.contains(tensor.shape) {
        problems.add(shapeOf: tensor, "expected \(shapes[0])")
      }
      return tensor
    }
    let channels = [shape.outputChannels]
    func kernel(_ role: TensorRole, size: Int) -> Convolution {
      let expected = [
        shape.outputChannels, shape.inputChannels / shape.groups, size, size,
      ]
      return Convolution(
        kernel: take(role, shapes: [expected]), stride: shape.stride, padding: size / 2,
        groups: shape.groups)
    }
    func norm(_ role: (TensorRole.NormEntry) -> TensorRole) -> LinearExpression {
      .batchNorm(
        BatchNorm(
          gamma: take(role(.gamma), shapes: [channels]),
          beta: take(role(.beta), shapes: [channels]),
          mean: take(role(.mean), shapes: [channels]),
          variance: take(role(.variance), shapes: [channels]), epsilon: epsilon))
    }

    let body: LinearExpression
    if isPlain {
      var convolution = kernel(.plain(.weight), size: 3)
      convolution.bias = take(.plain(.bias), shapes: [channels])
      body = .convolution(convolution)
    } else {
      switch convention.family {
      case .official, .repVGGplus, .timm, .mmpretrain, .repOptBaseline:
        var branches: [LinearExpression] = [
          .sequence([
            .convolution(kernel(.kernel(.spatial), size: 3)), norm { .norm(.spatial, $0) },
          ]),
          .sequence([
            .convolution(kernel(.kernel(.pointwise), size: 1)), norm { .norm(.pointwise, $0) },
          ]),
        ]
        if shape.hasIdentity { branches.append(norm { .norm(.identity, $0) }) }
        body = .sum(branches)
      case .repOptTarget:
        body = .sequence([
          .convolution(kernel(.kernel(.spatial), size: 3)), norm { .sharedNorm($0) },
        ])
      case .repOptScaled:
        var branches: [LinearExpression] = [
          .sequence([
            .convolution(kernel(.kernel(.spatial), size: 3)),
            .scale(take(.scale(.spatial), shapes: [channels])),
          ]),
          .sequence([
            .convolution(kernel(.kernel(.pointwise), size: 1)),
            .scale(take(.scale(.pointwise), shapes: [channels])),
          ]),
        ]
        if shape.hasIdentity {
          branches.append(.scale(take(.scale(.identity), shapes: [channels])))
        }
        body = .sequence([.sum(branches), norm { .sharedNorm($0) }])
      }
    }
    let gate = gate(take: take)
    for role in tensors.keys where !used.contains(role) {
      problems.unexpected.append(tensors[role]?.name ?? convention.name(of: role, in: key))
    }
    return Block(shape: shape, body: body, gate: gate)
  }

  private func gate(take: (TensorRole, [[Int]]) -> Tensor) -> SqueezeExcitation? {
    let placements = tensors.keys.compactMap { role -> Architecture.Gate.Placement? in
      if case .gate(let placement, _, _) = role { placement } else { nil }
    }
    // If there are two, the other one is reported as unexpected.
    guard let placement = placements.min(by: { $0.rawValue < $1.rawValue }) else { return nil }
    let squeezed = max(1, tensors[.gate(placement, .squeeze, .weight)]?.shape.first ?? 1)
    func linear(_ part: TensorRole.GatePart, _ rows: Int, _ columns: Int) -> Linear {
      Linear(
        weight: take(.gate(placement, part, .weight), [[rows, columns, 1, 1], [rows, columns]]),
        bias: take(.gate(placement, part, .bias), [[rows]]))
    }
    return SqueezeExcitation(
      placement: placement,
      squeeze: linear(.squeeze, squeezed, shape.outputChannels),
      excite: linear(.excite, shape.outputChannels, squeezed))
  }
}
