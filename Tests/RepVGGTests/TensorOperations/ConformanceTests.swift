import Foundation
import RepVGG
import Testing

/// ONNX's own models of one or a few operators, with inputs and outputs, as Debian packages them.
struct ConformanceTests {
  static let folder = "/usr/share/libonnx-testdata/data"

  @Test(
    "ONNX's test models give their stored outputs, all others are refused by operator",
    .enabled(
      if: FileManager.default.fileExists(atPath: folder),
      "the Debian package libonnx-testdata is not installed"))
  func conformance() throws {
    var passed = 0
    var refused: Set<String> = []
    for folder in try Self.models() {
      do {
        try Self.run(folder)
        passed += 1
      } catch let error as RepVGGError where error.kind == .unsupported {
        refused.insert(error.reason)
      } catch {
        Issue.record("\(folder): \(error)")
      }
    }
    #expect(passed >= 796)
    let operators = Self.unsupportedOperators.map { "the operator \($0) is not supported" }
    #expect(refused.subtracting(operators).sorted() == Self.unsupportedForms)
    #expect(Set(operators).subtracting(refused) == [])
  }

  /// The operators of the models that have none in the library.
  private static let unsupportedOperators = [
    "Bernoulli", "BitShift", "BlackmanWindow", "Compress", "ConvInteger", "DFT", "DequantizeLinear",
    "Det", "DynamicQuantizeLinear", "GRU", "GridSample", "HammingWindow", "HannWindow", "If",
    "LSTM",
    "Loop", "MatMulInteger", "MaxUnpool", "MelWeightMatrix", "NegativeLogLikelihoodLoss",
    "NonMaxSuppression", "NonZero", "OptionalGetElement", "OptionalHasElement", "QLinearConv",
    "QLinearMatMul", "QuantizeLinear", "RNN", "RandomUniformLike", "ReverseSequence", "RoiAlign",
    "STFT", "Scan", "SequenceConstruct", "SequenceEmpty", "SequenceInsert", "SequenceLength",
    "SequenceMap", "SoftmaxCrossEntropyLoss", "SplitToSequence", "StringNormalizer",
    "TfIdfVectorizer", "TopK", "Unique", "Adagrad of ai.onnx.preview.training",
    "Adam of ai.onnx.preview.training", "Gradient of ai.onnx.preview.training",
    "Momentum of ai.onnx.preview.training",
  ]

  /// What of other operators is not supported, in order.
  private static let unsupportedForms = [
    "Add: broadcasting of operator sets before 7 is not supported",
    "BatchNormalization: training is not supported",
    "Cast: the element type STRING is not supported", "Dropout: training is not supported",
    "PRelu: broadcasting of operator sets before 7 is not supported",
    "Resize: coordinate_transformation_mode 'tf_crop_and_resize' is not supported",
    "an input that is not a tensor of numbers", "output 1 of Dropout", "output 1 of MaxPool",
  ]

  /// The folders of all models.
  static func models() throws -> [String] {
    let manager = FileManager.default
    var models: [String] = []
    for group in ["node", "pytorch-converted", "pytorch-operator", "simple"] {
      for name in try manager.contentsOfDirectory(atPath: "\(folder)/\(group)").sorted()
      where manager.fileExists(atPath: "\(folder)/\(group)/\(name)/model.onnx") {
        models.append("\(folder)/\(group)/\(name)")
      }
    }
    return models
  }

  private static func run(_ folder: String) throws {
    let model = try ONNXReader.read(InputFile(path: "\(folder)/model.onnx"))
    let supported = Set(TensorOperations.operatorTypes)
    // Data of some operators that are not supported are not tensors, so these come first.
    for node in model.graph.nodes where !supported.contains(node.type) || !node.domain.isEmpty {
      _ = try TensorOperations.read(ONNXOperator(node, opset: 0, constants: []))
    }
    for value in model.graph.inputs where value.elementType == .unsupported {
      throw RepVGGError(.unsupported, "an input that is not a tensor of numbers")
    }
    for set in 0..<100 {
      let data = "\(folder)/test_data_set_\(set)"
      guard FileManager.default.fileExists(atPath: data) else { return }
      try ConformanceCase(model: model, data: data).check()
    }
  }
}
