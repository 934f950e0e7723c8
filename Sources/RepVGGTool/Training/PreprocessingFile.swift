import CommandLineKit
import RepVGG
import RepVGGTraining

/// The `config.json` beside a run's network, from which `repvgg classify` and `evaluate` learn how
/// images become its input.
struct PreprocessingFile {
  private let text: String

  /// What the network is trained with; nil where images are not square, which no preset can say.
  ///
  /// - Parameters:
  ///   - source: The training images; they are taken whole, at their size.
  ///   - model: The name of the architecture.
  init?(_ source: any ImageSource, model: String) {
    guard source.height == source.width else { return nil }
    let normalization = source.normalization
    func channels(_ value: (_ scale: Double, _ shift: Double) -> Double) -> JSONValue {
      .array(
        (0..<3).map { channel in
          let scale = Self.element(normalization.scale, channel) ?? 1
          let shift = Self.element(normalization.shift, channel) ?? 0
          // As many digits as a Float32 has.
          return .double(Double("\(Float(value(Double(scale), Double(shift))))") ?? 0)
        })
    }
    // byte · scale + shift = (byte / 255 - mean) / std
    let document: JSONValue = [
      "architecture": .string(model), "num_classes": .integer(source.classCount),
      "input_size": JSONValue([3, source.height, source.width]), "crop_pct": .double(1),
      "interpolation": "bilinear", "mean": channels { -$1 / (255 * $0) },
      "std": channels { scale, _ in 1 / (255 * scale) },
    ]
    text = JSONWriter().text(document) + "\n"
  }

  private static func element(_ values: [Float], _ channel: Int) -> Float? {
    values.indices.contains(channel) ? values[channel] : values.first
  }

  /// Writes `config.json` into a folder.
  ///
  /// - Throws: `cannotCreate` or `inputOutput` with the file.
  func write(to folder: String) throws {
    let path = "\(folder)/config.json"
    var file = try AtomicFile(path: path, replacing: true)
    do {
      try Array(text.utf8).withUnsafeBytes { try file.write($0) }
      try file.commit()
    } catch let error as RepVGGError { throw error.inFile(path) }
  }
}
