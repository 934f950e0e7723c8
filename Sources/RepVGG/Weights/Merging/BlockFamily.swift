/// A kind of block that merges: which names make one, how it is read, and what it deploys to.
///
/// A block is found by the names of its modules alone, wherever in a network it is.
struct BlockFamily: Sendable {
  /// In reports: `MobileOne`.
  let name: String
  let codeBase: CodeBase
  /// Modules or tensors of which each shows that there is a block.
  let markers: [String]
  /// What else belongs to a block, but does not show one.
  var others: [String] = []
  /// Modules whose tensors upstream leaves where they are.
  var kept: [String] = []
  /// Whether it is looked for only in files with another block of the code base: its own names say too
  /// little.
  var needsOthers = false
  /// What else must hold; `roots` are the first components of the names under the prefix that belong to
  /// any family.
  var condition: @Sendable (_ block: BlockTensors, _ roots: Set<TensorName>) -> Bool = { _, _ in
    true
  }
  /// Reads a block.
  let read: @Sendable (BlockTensors, MergingOptions) throws(RepVGGError) -> [Merge]

  /// A module that a block deploys to.
  struct Merge: Sendable {
    /// Its name in the block; empty where it has the block's name.
    let module: String
    let block: ReparameterizableBlock
    /// What no tensor says: for reports.
    var assumption: String?
  }

  /// A family whose blocks deploy to one module.
  init(
    _ name: String, of codeBase: CodeBase, markers: [String], others: [String] = [],
    to module: String,
    _ read: @escaping @Sendable (BlockTensors) throws(RepVGGError) -> ReparameterizableBlock
  ) {
    self.init(name, of: codeBase, markers: markers, others: others) {
      (block, _) throws(RepVGGError) in
      [Merge(module: module, block: try read(block))]
    }
  }

  init(
    _ name: String, of codeBase: CodeBase, markers: [String], others: [String] = [],
    _ read: @escaping @Sendable (BlockTensors, MergingOptions) throws(RepVGGError) -> [Merge]
  ) {
    self.name = name
    self.codeBase = codeBase
    self.markers = markers
    self.others = others
    self.read = read
  }

  /// The same family with other properties.
  func with(_ change: (inout BlockFamily) -> Void) -> BlockFamily {
    var copy = self
    change(&copy)
    return copy
  }
}

extension Set<TensorName> {
  /// Whether all of these names are in it.
  func contains(_ names: String...) -> Bool { names.allSatisfy { contains(TensorName($0)) } }
}

/// A code base with re-parameterizable blocks: upstream's conversion decides what is merged.
enum CodeBase: String, Sendable {
  case repVGG = "DingXiaoH/RepVGG"
  case qaRepVGG = "cxxgtxy/QARepVGG"
  case repOptimizers = "DingXiaoH/RepOptimizers"
  case mmpretrain = "open-mmlab/mmpretrain"
  case timm = "huggingface/pytorch-image-models"
  case mobileOne = "apple/ml-mobileone"
  case fastViT = "apple/ml-fastvit"
  case lcNet = "PaddlePaddle/PaddleOCR"
  case dbb = "DingXiaoH/DiverseBranchBlock"
  case orepa = "JUGGHM/OREPA_CVPR2022"
  case yolov6 = "meituan/YOLOv6"
  case yolov7 = "WongKinYiu/yolov7"
  case repGhost = "ChengpengChen/RepGhost"
  case repViT = "THU-MIG/RepViT"
  case uniRepLKNet = "AILab-CVC/UniRepLKNet"

  /// The batch norms' epsilon in its networks.
  var epsilon: Double {
    switch self {
    case .yolov6, .yolov7: 1e-3
    default: BatchNorm.defaultEpsilon
    }
  }

  /// Whether a component of a name occurs in no other code base.
  static func shown(by component: ArraySlice<UInt8>) -> CodeBase? {
    component.starts(with: "ERBlock_".utf8) ? .yolov6 : nil
  }
}
