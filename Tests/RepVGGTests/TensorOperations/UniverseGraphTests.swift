import Foundation
import RepVGG
import TestSupport
import Testing

/// Networks as exporters write them, branched and merged, against PyTorch in Float64.
struct UniverseGraphTests {
  static let folders = [
    "acb-vgg", "dbb-vgg", "fastvit-timm", "lcnetv3-det", "mobileone-apple", "mobileone-timm",
    "orepa-repvgg", "qarepvgg-v2", "repghost-timm", "repvgg-fpn-seg", "repvgg-timm-onnx",
    "repvit-timm", "unireplknet-block", "yolov6n-tiny", "yolov7-tiny-repconv",
  ]

  @Test("Exported networks are computed as PyTorch computes them", arguments: folders)
  func network(folder: String) throws {
    let path = Fixture.path("universe/\(folder)")
    let files = try FileManager.default.contentsOfDirectory(atPath: path)
      .filter { $0.hasSuffix(".onnx") }.sorted()
    #expect(!files.isEmpty)
    for file in files {
      let model = try ONNXReader.read(InputFile(path: "\(path)/\(file)"))
      let defaults = Set(model.graph.initializers.map(\.name))
      let input = try #require(model.graph.inputs.first { !defaults.contains($0.name) })
      for suffix in ["", "_odd"] {
        let images = try ReferenceTensor(NPYArray(contentsOf: "\(path)/input\(suffix).npy").tensor)
        let fits = zip(input.dimensions ?? [], images.shape).allSatisfy {
          $0.size == nil || $0.size == $1
        }
        if !fits { continue }
        let run = try GraphRun(model, inputs: [input.name: images])
        for output in model.graph.outputs {
          let expected = try NPYArray(
            contentsOf: "\(path)/\(output.name)\(suffix)_f64.npy"
          ).tensor
          let value = try #require(run.tensors[output.name])
          #expect(value.shape == expected.shape)
          let theirs = try expected.doubles()
          let ours = try #require(value.reals)
          let largest = theirs.map(abs).max() ?? 0
          let difference = zip(ours, theirs).map { abs($0 - $1) }.max() ?? 0
          // Exporters that fold batch norms round the kernels.
          let bound = file.contains("raw") ? 1e-6 : 3e-5
          #expect(difference <= bound * largest, "\(file) \(output.name)")
        }
      }
    }
  }
}
