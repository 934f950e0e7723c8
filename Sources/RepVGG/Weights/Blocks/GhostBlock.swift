/// RepGhost's cheap operation as its authors and timm name it: a depthwise convolution and batch norms of
/// its input.
package enum GhostBlock {
  /// The block with tensors `cheap_operation.0.weight`, `fusion_bn.0.weight` and so on; it deploys to
  /// `cheap_operation`.
  package static func read(
    _ block: BlockTensors
  ) throws(RepVGGError) -> ReparameterizableBlock {
    let kernel = try block.kernel("cheap_operation.0.weight")
    let layout = try BlockLayout(block, kernel, groups: BlockLayout.identityGroups(kernel))
    var branches = [try layout.branch("cheap_operation.0", "cheap_operation.1")]
    for number in 0..<max(1, block.count { "fusion_bn.\($0).running_mean" }) {
      branches.append(try block.norm("fusion_bn.\(number)"))
    }
    return ReparameterizableBlock(
      expression: .sum(branches), inputChannels: layout.inputChannels)
  }
}
