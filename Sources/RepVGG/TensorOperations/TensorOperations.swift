/// The operations that the library has, each with how it is read from ONNX.
package enum TensorOperations {
  /// Every kind of operation, a line each.
  private static let kinds: [any TensorOperation.Type] = [
    ArgumentOperation.self, BatchNormalizationOperation.self, BinaryOperation.self,
    CastLikeOperation.self, CastOperation.self, ClipOperation.self, ConcatOperation.self,
    ConstantOfShapeOperation.self, ConstantOperation.self, ConvolutionOperation.self,
    CumulativeSumOperation.self, DepthToSpaceOperation.self, EinsumOperation.self,
    ExpandOperation.self, EyeLikeOperation.self, FlattenOperation.self,
    GatherElementsOperation.self, GatherNDOperation.self, GatherOperation.self,
    GemmOperation.self, GlobalPoolOperation.self, GroupNormalizationOperation.self,
    IdentityOperation.self, InstanceNormalizationOperation.self, LayerNormalizationOperation.self,
    LocalResponseNormalizationOperation.self, LpNormalizationOperation.self, MatMulOperation.self,
    MeanVarianceNormalizationOperation.self, OneHotOperation.self, PadOperation.self,
    ParametricOperation.self, PoolOperation.self, RangeOperation.self, ReductionOperation.self,
    ReshapeOperation.self, ResizeOperation.self, ScatterElementsOperation.self,
    ScatterNDOperation.self, ShapeOperation.self, SizeOperation.self, SliceOperation.self,
    SoftmaxOperation.self, SpaceToDepthOperation.self, SplitPartOperation.self,
    SqueezeOperation.self, TileOperation.self, TransposeOperation.self,
    TransposedConvolutionOperation.self, TriluOperation.self, UnaryOperation.self,
    UnsqueezeOperation.self, VariadicOperation.self, WhereOperation.self,
  ]

  private static let kindsByType: [String: any TensorOperation.Type] = Dictionary(
    kinds.flatMap { kind in kind.operatorTypes.map { ($0, kind) } }, uniquingKeysWith: { $1 })

  /// ONNX's names of all operators that are supported.
  package static var operatorTypes: [String] { kindsByType.keys.sorted() }

  /// The operations of an ONNX node, one for each output.
  ///
  /// - Throws: `unsupported` that names the operator and what of it is not supported, `badData` for
  ///   a node that ONNX does not allow.
  package static func read(_ node: ONNXOperator) throws(RepVGGError) -> [TensorOperationNode] {
    let isStandard = node.node.domain.isEmpty || node.node.domain == "ai.onnx"
    guard isStandard, let kind = kindsByType[node.node.type] else {
      let owner = isStandard ? "" : " of \(node.node.domain)"
      throw RepVGGError(
        .unsupported, "the operator \(node.node.type)\(owner) is not supported")
    }
    return try kind.read(node)
  }
}
