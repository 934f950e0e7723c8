import Foundation
import RepVGG
import TestSupport
import Testing

/// Blocks of eleven code bases, against kernels that were found by differentiating upstream's PyTorch
/// code in Float64, and against its outputs.
@Suite struct BlockCasesTests {
  /// What `index.json` says of a case.
  struct Case: Decodable {
    let epsilon: Double
    let kernel: [Int]
    let stride: [Int]
    let padding: [Int]
    let input_channels: Int
    let output_channels: Int

    var kernelSize: Size2D { Size2D(height: kernel[0], width: kernel[1]) }
    var strides: Size2D { Size2D(height: stride[0], width: stride[1]) }
    var paddings: Padding { Padding(vertical: padding[0], horizontal: padding[1]) }
  }

  static let folder = Fixture.root.appending(path: "universe/blocks")

  static let cases: [String: Case] = {
    // A file that is missing or not JSON leaves no cases, which `everyCaseIsTried` fails at.
    let data = (try? Data(contentsOf: folder.appending(path: "index.json"))) ?? Data()
    return (try? JSONDecoder().decode([String: Case].self, from: data)) ?? [:]
  }()

  @Test func everyCaseIsTried() { #expect(Self.cases.count == 35) }

  /// The block of a case, with what only its upstream class knows: where it says so, the groups.
  private static func block(_ name: String, groups: Int?) throws -> (
    ReparameterizableBlock, [String: Tensor]
  ) {
    let test = try #require(cases[name])
    let tensors = try Checkpoint(
      contentsOf: folder.appending(path: "\(name).safetensors").path
    ).tensors
    let tensorsOfBlock = BlockTensors(
      prefix: tensors.keys.contains { $0.hasPrefix("block.") } ? "block." : "",
      epsilon: test.epsilon, stride: test.strides, padding: test.paddings, groups: groups
    ) { tensors[$0] }
    return (try read(name, tensorsOfBlock), tensors)
  }

  private static func read(_ name: String, _ block: BlockTensors) throws -> ReparameterizableBlock {
    switch name {
    case _ where name.hasPrefix("dbb-"): try DiverseBranchBlock.read(block)
    case _ where name.hasPrefix("acb-"): try AsymmetricBlock.read(block)
    case "orepa-1x1": try OREPABlock.readPointwise(block)
    case "orepa-large-k7": try OREPABlock.readLarge(block)
    case _ where name.hasPrefix("orepa-"): try OREPABlock.read(block)
    case _ where name.hasPrefix("mobileone-"): try MobileOneBlock.read(block, names: .apple)
    case "timm-mobileone-g2": try MobileOneBlock.read(block, names: .timm)
    case _ where name.hasPrefix("lcnetv3-"): try withAffineBlocks(block)
    case "qarep-v6": try RepVGGBlock.read(block, identity: .plain)
    case "yolov6-qarepv2-avg": try RepVGGBlock.read(block, identity: .plainAndAverage)
    case _ where name.hasPrefix("qarep-"), "yolov7-repconv-g2": try RepVGGBlock.read(block)
    case "yolov6-csla": try ScaledAddBlock.read(block)
    case "fastvit-repmixer": try FastViTBlocks.readMixer(block)
    case "fastvit-large-k7-k3": try FastViTBlocks.readLargeKernel(block)
    case "fastvit-repcpe": try FastViTBlocks.readPositionEncoding(block)
    case "repvit-repvggdw": try RepViTBlock.read(block)
    case _ where name.hasPrefix("unireplknet-"): try DilatedBlock.read(block)
    default: throw RepVGGError(.missingInput, "no family reads the case '\(name)'")
    }
  }

  /// PP-LCNetV3's case has both learnable affine blocks after it; upstream's merged block does not.
  private static func withAffineBlocks(_ block: BlockTensors) throws -> ReparameterizableBlock {
    let branches = try MobileOneBlock.read(block, names: .lcNetV3)
    var operators = [branches.expression]
    for name in ["lab", "act.lab"] {
      operators += [
        .scale(try block.tensor("\(name).scale")), .shift(try block.tensor("\(name).bias")),
      ]
    }
    return ReparameterizableBlock(
      expression: .sequence(operators), inputChannels: branches.inputChannels)
  }

  /// Groups that no tensor shows.
  private static func groups(_ name: String) -> Int? {
    switch name {
    case "acb-k5-p4-g2": 2
    case "mobileone-dw-s2", "lcnetv3-rep-s21", "fastvit-large-k7-k3": 4
    default: nil
    }
  }

  @Test(arguments: cases.keys.sorted()) func theKernelIsUpstreams(_ name: String) throws {
    let test = try #require(Self.cases[name])
    let (block, tensors) = try Self.block(name, groups: Self.groups(name))
    #expect(block.inputChannels == test.input_channels)
    let reduced = try block.reduced()
    #expect(reduced.outputChannels == test.output_channels)
    #expect(reduced.kernelSize == test.kernelSize)
    #expect(reduced.stride == test.strides)
    #expect(reduced.padding == test.paddings)
    #expect(reduced.dilation == 1)
    expect(
      reduced.denseKernel, try #require(try tensors["case.kernel_f64"]?.doubles()),
      "kernel of \(name)")
    expect(reduced.bias, try #require(try tensors["case.bias_f64"]?.doubles()), "bias of \(name)")
  }

  @Test(arguments: cases.keys.sorted()) func theOutputIsUpstreams(_ name: String) throws {
    let (block, tensors) = try Self.block(name, groups: Self.groups(name))
    let input = try #require(tensors["case.input"])
    let image = ReferenceNetwork.Image(
      channels: input.shape[1], height: input.shape[2], width: input.shape[3],
      values: try input.doubles())
    let expected = try #require(tensors["case.output_f64"])
    for expression in [block.expression, try block.reduced().expression] {
      let output = try expression.evaluate(on: image)
      #expect([1, output.channels, output.height, output.width] == expected.shape)
      expect(output.values, try expected.doubles(), "output of \(name)")
    }
  }

  /// A kernel is the same for every stride and padding, and where groups are not seen for any of them.
  @Test(arguments: cases.keys.sorted()) func namesAloneGiveTheKernel(_ name: String) throws {
    let test = try #require(Self.cases[name])
    let (known, tensors) = try Self.block(name, groups: Self.groups(name))
    let block = BlockTensors(
      prefix: tensors.keys.contains { $0.hasPrefix("block.") } ? "block." : "",
      epsilon: test.epsilon
    ) { tensors[$0] }
    let (expected, actual) = (try known.reduced(), try Self.read(name, block).reduced())
    #expect(actual.kernel.count == actual.geometry.kernelElementCount)
    expect(actual.kernel, expected.kernel, "kernel of \(name)")
    expect(actual.bias, expected.bias, "bias of \(name)")
  }

  @Test func largeGroupedKernelsAreRefused() throws {
    let error = #expect(throws: RepVGGError.self) {
      try Self.block("orepa-large-k7", groups: 2)
    }
    #expect(error?.kind == .unsupported)
  }

  @Test func missingAndMisshapenTensorsAreNamed() throws {
    let (_, tensors) = try Self.block("dbb-k3", groups: nil)
    let names = tensors.keys.filter { $0.hasPrefix("dbb_") && !$0.hasSuffix("num_batches_tracked") }
    #expect(names.count > 20)
    for name in names.sorted() {
      let replacements = [nil, 0, 7].map { count in
        count.map { Tensor(shape: [$0], elements: [Float](repeating: 1, count: $0)) }
      }
      for replacement in replacements {
        var damaged = tensors
        damaged[name] = replacement
        damaged[name]?.name = name
        let block = BlockTensors { [damaged] in damaged[$0] }
        // Without gamma or beta it is a batch norm of another kind, without a branch's kernel another
        // block: what is read must be whole, and nothing may trap.
        do throws(RepVGGError) { _ = try DiverseBranchBlock.read(block).reduced() } catch {
          #expect(error.kind == .badData, "\(name): \(error)")
        }
      }
    }
  }
}

/// Compares with 1e-13 of the largest value.
func expect(
  _ actual: [Double], _ expected: [Double], _ what: String, tolerance: Double = 1e-13,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, "\(what)", sourceLocation: sourceLocation)
  let scale = expected.map(abs).max() ?? 0
  let worst = zip(actual, expected).map { abs($0 - $1) }.max() ?? 0
  #expect(
    worst <= tolerance * scale, "\(what): \(worst) of \(scale)", sourceLocation: sourceLocation)
}

extension ReducedConvolution {
  /// The kernel with a single group: zeros off the diagonal blocks.
  fileprivate var denseKernel: [Double] {
    let area = kernelSize.height * kernelSize.width
    var dense = [Double](repeating: 0, count: outputChannels * inputChannels * area)
    for output in 0..<outputChannels {
      let first = output / (outputChannels / groups) * inputChannelsPerGroup
      for index in 0..<inputChannelsPerGroup * area {
        dense[(output * inputChannels + first) * area + index] =
          kernel[output * inputChannelsPerGroup * area + index]
      }
    }
    return dense
  }
}
