/// The contents of a tuning file: choices by layer, by key.
///
/// Text, a fact a line. The first line names the version; `key …` begins an entry, and each line
/// below it is a layer's choice (``ConvolutionChoice/line``), a tab and the layer
/// (``ConvolutionLayer/line``):
///
///     repvgg tuning 5
///     key AMD EPYC|avx512|…
///     direct panel=32 depth=96 lines=4 split=pixels prefetch=49152	kernel=3x3 stride=1 …
///
/// Written by the tuner alone, so anything unexpected makes the whole file void.
struct TuningDocument {
  /// Rises when choices or keys change their meaning, or kernels so much that choices timed before
  /// are worth little.
  private static let header = "repvgg tuning 5"
  private static let keyword = "key "

  /// Choices by layer, by key.
  var entries: [String: [String: ConvolutionChoice]] = [:]

  init() {}

  /// Reads a file's bytes.
  ///
  /// - Throws: `badData` that names the line, where one is not as expected or an entry occurs twice.
  init(_ bytes: [UInt8]) throws(RepVGGError) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw RepVGGError(.badData, "is not a tuning file")
    }
    // Keys and layers are compared as texts, which takes long for what is made for it.
    guard text.isStreamSafe else {
      throw RepVGGError(.badData, "holds more than 30 combining marks in a row")
    }
    // By scalars: a line break can be a part of a character.
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { String($0) }
    guard lines.first == Self.header, lines.last == "" else {
      throw RepVGGError(.badData, "is not a tuning file of this version")
    }
    lines.removeLast()
    var key: String?
    for (index, line) in lines.enumerated().dropFirst() {
      if line.hasPrefix(Self.keyword) {
        let name = String(line.dropFirst(Self.keyword.count))
        guard entries.updateValue([:], forKey: name) == nil else {
          throw RepVGGError(.badData, "line \(index + 1) repeats a key")
        }
        key = name
      } else {
        let parts = line.unicodeScalars.split(
          separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
        guard let key, parts.count == 2, let choice = ConvolutionChoice(line: String(parts[0])),
          entries[key]?.updateValue(choice, forKey: String(parts[1])) == nil
        else {
          throw RepVGGError(.badData, "line \(index + 1) is not a choice for a layer")
        }
      }
    }
  }

  /// The file's text, the same for the same entries.
  var text: String {
    var lines = [Self.header]
    for (key, choices) in entries.sorted(by: { $0.key < $1.key }) {
      lines.append(Self.keyword + Self.line(key))
      for (layer, choice) in choices.sorted(by: { $0.key < $1.key }) {
        lines.append(choice.line + "\t" + Self.line(layer))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A text without line breaks, which neither keys nor layers need.
  static func line(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\n")) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\n" ? " " : $0 }))
  }
}
