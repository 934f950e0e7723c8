extension LayerChoice {
  /// The choice with all parameters as words, `name=value` behind the algorithm's name.
  var line: String {
    switch self {
    case .winograd(let options):
      [
        "winograd", "rows=\(options.verticalTile)", "columns=\(options.horizontalTile)",
        "panel=\(options.panelWidth)", "depth=\(options.depthBlock)",
        "tiles=\(options.tilesPerChunk)", "order=\(options.order.rawValue)",
        "stored=\(options.stored.rawValue)", "multiplied=\(options.multiplied.rawValue)",
        "split=\(options.split.rawValue)",
        "prefetch=\(options.prefetchDistanceByteCount)",
      ].joined(separator: " ")
    case .direct(let options):
      [
        "direct", "panel=\(options.panelWidth)", "depth=\(options.depthBlock)",
        "lines=\(options.linesPerChunk)", "split=\(options.split.rawValue)",
        "prefetch=\(options.prefetchDistanceByteCount)",
      ].joined(separator: " ")
    case .im2col: "im2col"
    }
  }

  /// Reads what ``line`` gives; nil for anything else.
  init?(line: String) {
    var words = Words(line)
    switch words.next() {
    case "winograd":
      guard let rows = words.integer("rows"), let columns = words.integer("columns"),
        let panel = words.integer("panel"), let depth = words.integer("depth"),
        let tiles = words.integer("tiles"),
        let order = words.value("order").flatMap(WinogradConvolution.Order.init),
        let stored = words.value("stored").flatMap(WinogradConvolution.WeightForm.init),
        let multiplied = words.value("multiplied").flatMap(WinogradConvolution.WeightForm.init),
        let split = words.value("split").flatMap(WorkSplit.init),
        let prefetch = words.integer("prefetch")
      else { return nil }
      self = .winograd(
        WinogradConvolution.Options(
          verticalTile: rows, horizontalTile: columns, panelWidth: panel, depthBlock: depth,
          tilesPerChunk: tiles, order: order, stored: stored, multiplied: multiplied,
          split: split,
          prefetchDistanceByteCount: prefetch))
    case "direct":
      guard let panel = words.integer("panel"), let depth = words.integer("depth"),
        let lines = words.integer("lines"),
        let split = words.value("split").flatMap(WorkSplit.init),
        let prefetch = words.integer("prefetch")
      else { return nil }
      self = .direct(
        DirectConvolution.Options(
          panelWidth: panel, depthBlock: depth, linesPerChunk: lines, split: split,
          prefetchDistanceByteCount: prefetch))
    case "im2col": self = .im2col
    default: return nil
    }
    // Also refuses other spellings of the same numbers.
    guard words.isAtEnd, self.line == line else { return nil }
  }

  /// The words of a line, taken one by one.
  private struct Words {
    private var rest: ArraySlice<Substring>

    init(_ line: String) {
      rest = line.split(separator: " ", omittingEmptySubsequences: false)[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func next() -> Substring? { rest.popFirst() }

    /// The value of the next word, which has to be `name=value`.
    mutating func value(_ name: String) -> String? {
      guard let word = next(), word.hasPrefix(name + "=") else { return nil }
      return String(word.dropFirst(name.count + 1))
    }

    /// The same for a number that no arithmetic on sizes can overflow with.
    mutating func integer(_ name: String) -> Int? {
      value(name).flatMap { Int($0) }.flatMap { (0...1 << 24).contains($0) ? $0 : nil }
    }
  }
}
