/// Operations that only move elements, as ONNX defines them.
extension RearrangingOperation {
  /// The elements in the order that the operation's own rule says.
  func rearranged(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    let data = dataInputs(inputs.count)
    var arrangement: [ArrangementInput?] = []
    for (index, input) in inputs.enumerated() {
      guard let input else {
        arrangement.append(nil)
        continue
      }
      if data.contains(index) {
        arrangement.append(ArrangementInput(shape: input.shape))
        continue
      }
      guard let integers = try input.integers() else {
        throw RepVGGError(
          .unsupported,
          "plans do not run \(operatorType) where the order depends on the values of the input")
      }
      arrangement.append(ArrangementInput(shape: input.shape, integers: integers))
    }
    let sources = try sources(of: arrangement, shape: shape)
    let present = data.filter { inputs.indices.contains($0) && inputs[$0] != nil }
    let isImage =
      shape.count == 4 && present.contains { inputs[$0]?.storage == .image } && keepsImages
    return LoweredOperation(
      RearrangeOperation(sources: sources), reads: present.map { ($0, nil) },
      storage: isImage ? .image : .dense)
  }

  /// Whether images stay images: their channels, rows and columns remain what they are.
  private var keepsImages: Bool {
    !(self is any SameOrderOperation || self is TransposeOperation)
  }
}

/// An operation that gives the elements of its first input another shape.
extension SameOrderOperation {
  func reshaped(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    // Row-major elements stay where they are.
    LoweredOperation(kind: .part, reads: [(0, .dense)], storage: .dense, firstChannel: 0)
  }
}

// What each of them is lowered to.

extension IdentityOperation: PlannableOperation {}
extension ReshapeOperation: PlannableOperation {}
extension FlattenOperation: PlannableOperation {}
extension SqueezeOperation: PlannableOperation {}
extension UnsqueezeOperation: PlannableOperation {}
extension TransposeOperation: PlannableOperation {}
extension ExpandOperation: PlannableOperation {}
extension TileOperation: PlannableOperation {}
extension GatherOperation: PlannableOperation {}
extension GatherElementsOperation: PlannableOperation {}
extension GatherNDOperation: PlannableOperation {}
extension DepthToSpaceOperation: PlannableOperation {}
extension SpaceToDepthOperation: PlannableOperation {}
extension TriluOperation: PlannableOperation {}
extension WhereOperation: PlannableOperation {}
extension PadOperation: PlannableOperation {}

extension PlannableOperation where Self: RearrangingOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    try rearranged(inputs, shape: shape)
  }
}

extension PlannableOperation where Self: SameOrderOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    try reshaped(inputs, shape: shape)
  }
}

extension RearrangingOperation {
  /// The part of an image's memory that the operation takes, where these are whole blocks of its
  /// channels: kernels read them there.
  fileprivate func channelPart(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation? {
    guard let input = inputs.first ?? nil, input.storage == .image, shape.count == 4,
      shape[0] == input.shape[0], shape[2...] == input.shape[2...], shape[0] > 0,
      case .planned(let planned) = try rearranged(inputs, shape: shape).kind,
      let sources = (planned as? RearrangeOperation)?.sources, let start = sources.first
    else { return nil }
    let plane = shape[2] * shape[3]
    let first = Int(start) / max(1, plane)
    guard first % input.channelBlock == 0, shape[1] % input.channelBlock == 0 else { return nil }
    // Whether they are these channels of every image, and nothing else.
    let (part, whole) = (shape[1] * plane, input.shape[1] * plane)
    guard
      sources.indices.allSatisfy({
        Int(sources[$0]) == $0 / part * whole + first * plane + $0 % part
      })
    else { return nil }
    return LoweredOperation(
      kind: .part, reads: [(0, .image)], storage: .image, firstChannel: first)
  }
}

extension SplitPartOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    if let part = try channelPart(inputs, shape: shape) { return part }
    return try rearranged(inputs, shape: shape)
  }
}

extension SliceOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    if let part = try channelPart(inputs, shape: shape) { return part }
    return try rearranged(inputs, shape: shape)
  }
}

extension ConcatOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    let present = inputs.compactMap { $0 }
    guard shape.count == 4, present.count == inputs.count,
      present.contains(where: { $0.storage == .image }),
      axis == 1 || axis == -3
    else { return try rearranged(inputs, shape: shape) }
    return LoweredOperation(
      kind: .concatenation, reads: inputs.indices.map { ($0, .image) }, storage: .image)
  }
}

extension ScatteringOperation {
  /// Data in which elements are replaced, where the indices are constant.
  fileprivate func replaced(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation {
    guard reduction == .replace else {
      throw RepVGGError(.unsupported, "plans do not run \(operatorType) with arithmetic")
    }
    return try rearranged(inputs, shape: shape)
  }
}

extension ScatterNDOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation { try replaced(inputs, shape: shape) }
}

extension ScatterElementsOperation: PlannableOperation {
  func lowered(
    _ inputs: [LoweredInput?], shape: [Int]
  ) throws(RepVGGError) -> LoweredOperation { try replaced(inputs, shape: shape) }
}
