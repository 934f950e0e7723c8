import Foundation
import RepVGG
import RepVGGTraining
import TestSupport

/// The stored results of PyTorch that the tests compare with.
enum TrainingFixture {
  /// `Tests/Fixtures/training`.
  static let folder = Fixture.root.appending(path: "training")

  /// The safetensors file of that name in a folder of fixtures.
  static func checkpoint(_ path: String, in folder: URL = folder) throws -> Checkpoint {
    try Checkpoint(contentsOf: folder.appending(path: "\(path).safetensors").path)
  }

  /// The `meta.json` of a folder.
  static func meta(_ folder: URL) throws -> [String: Any] {
    let data = try Data(contentsOf: folder.appending(path: "meta.json"))
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  /// The names in `cases` of a folder's `meta.json`.
  static func cases(_ path: String) -> [String] {
    let meta = try? meta(folder.appending(path: path))
    return ((meta?["cases"] as? [String: Any])?.keys).map { $0.sorted() } ?? []
  }

  /// The attributes of one case.
  static func attributes(_ path: String, _ name: String) throws -> [String: Any] {
    let cases = try meta(folder.appending(path: path))["cases"] as? [String: Any]
    return cases?[name] as? [String: Any] ?? [:]
  }
}

extension Checkpoint {
  /// The tensors whose names begin with `prefix`, under the rest of their names.
  func part(_ prefix: String) -> [String: Tensor] {
    var part: [String: Tensor] = [:]
    for (name, tensor) in tensors where name.hasPrefix(prefix) {
      part[String(name.dropFirst(prefix.count))] = tensor
    }
    return part
  }

  /// A tensor that must be there.
  func tensor(_ name: String) throws -> Tensor {
    guard let tensor = tensors[name] else {
      throw RepVGGError(.badData, "is missing", file: file, tensor: name)
    }
    return tensor
  }
}

extension Tensor {
  /// Elements of an NCHW or OIHW tensor with the channels last; others as they are.
  var channelsLast: [Double] {
    get throws {
      let values = try doubles()
      guard shape.count == 4 else { return values }
      let (channels, pixels) = (shape[1], shape[2] * shape[3])
      var result = values
      for outer in 0..<shape[0] {
        for channel in 0..<channels {
          for pixel in 0..<pixels {
            let target: Int = (outer * pixels + pixel) * channels + channel
            result[target] = values[(outer * channels + channel) * pixels + pixel]
          }
        }
      }
      return result
    }
  }
}

/// The relative L2 difference of named tensors, all together.
func relativeDifference(
  _ values: [String: [Double]], _ expected: [String: [Double]]
) -> Double {
  guard Set(values.keys) == Set(expected.keys) else { return .infinity }
  let names = expected.keys.sorted()
  return relativeDifference(
    names.flatMap { values[$0] ?? [] }, names.flatMap { expected[$0] ?? [] })
}
