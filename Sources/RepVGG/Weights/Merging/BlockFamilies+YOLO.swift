extension BlockFamily {
  /// What YOLOv6 and YOLOv7 merge besides their blocks: batch norms into the convolutions before them,
  /// and YOLOv7's implicit knowledge into its heads.
  static let yolo: [BlockFamily] = [
    convolution(of: .yolov6), convolution(of: .yolov7),
    BlockFamily("YOLOv7 head", of: .yolov7, markers: ["ia", "im"], others: ["m"]) {
      (block, _) throws(RepVGGError) in
      let count = max(
        block.count { "ia.\($0).implicit" }, block.count { "im.\($0).implicit" },
        block.count { "m.\($0).weight" })
      var merges: [Merge] = []
      for number in 0..<count {
        merges.append(
          Merge(
            module: "m.\(number)", block: try ImplicitLayer.read(block, number),
            assumption: "implicit knowledge merged, its tensors kept, as upstream's fuse() does"))
      }
      return merges
    }
    .with {
      $0.needsOthers = true
      $0.kept = ["ia", "im"]
      // Heads of keypoints, which upstream does not merge, have further convolutions.
      $0.condition = { block, roots in
        roots.contains(TensorName("m")) && block["m_kpt.0.weight"] == nil
      }
    },
  ]

  private static func convolution(of codeBase: CodeBase) -> BlockFamily {
    BlockFamily("convolution", of: codeBase, markers: ["bn"], others: ["conv"], to: "conv") {
      block throws(RepVGGError) in try NormedLayer.read(block, layer: "conv", norm: "bn")
    }
    .with {
      $0.needsOthers = true
      // A batch norm by itself has lost its convolution.
      $0.condition = { block, roots in
        block.hasNorm("bn") && roots.isSubset(of: [TensorName("conv"), TensorName("bn")])
      }
    }
  }
}
