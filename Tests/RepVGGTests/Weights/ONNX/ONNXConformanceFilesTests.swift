import Foundation
import RepVGG
import TestSupport
import Testing

/// ONNX's own test data, which Debian packages as libonnx-testdata.
@Suite struct ONNXConformanceFilesTests {
  static let root = "/usr/share/libonnx-testdata/data"

  static let files: [String] =
    (FileManager.default.enumerator(atPath: root)?
    .compactMap { $0 as? String } ?? []).sorted().map { "\(root)/\($0)" }

  @Test func readsEveryModelOfONNXsOwnTests() throws {
    let models = Self.files.filter { $0.hasSuffix("/model.onnx") }
    #expect(models.count > 1000, "install libonnx-testdata: scripts/setup")
    let folder = try TemporaryFolder()
    var written = 0
    for path in models {
      let model = try ONNXReader.read(InputFile(path: path))
      #expect(!model.graph.nodes.isEmpty, "\(path)")
      guard try isWritten(model, to: folder.path("a.onnx")) else { continue }
      written += 1
      let again = try ONNXReader.read(InputFile(path: folder.path("a.onnx")))
      #expect(try model.difference(to: again) == nil, "\(path)")
    }
    // All but those with subgraphs, texts, sequences and optional values.
    #expect(written > 900)
  }

  @Test func readsEveryTensorOfONNXsOwnTests() throws {
    let paths = Self.files.filter { $0.hasSuffix(".pb") }
    #expect(paths.count > 2000, "install libonnx-testdata: scripts/setup")
    var read = 0
    for path in paths {
      if isRead(path) { read += 1 }
    }
    #expect(read > 2000)
  }

  /// Whether a model can be written: false if something in it is not supported.
  private func isWritten(_ model: ONNXModel, to path: String) throws(RepVGGError) -> Bool {
    do throws(RepVGGError) {
      try ONNXWriter.write(model, to: path, replacing: true)
      return true
    } catch {
      guard error.kind == .unsupported else { throw error }
      return false
    }
  }

  /// Whether a tensor can be read: false for sequences, optional values, texts, complex numbers.
  private func isRead(_ path: String) -> Bool {
    do throws(RepVGGError) {
      let tensor = try ONNXReader.tensor(InputFile(path: path))
      let count = try tensor.doubles().count
      #expect(count == tensor.count, "\(path)")
      return true
    } catch {
      #expect([.badData, .unsupported].contains(error.kind), "\(error)")
      return false
    }
  }
}
