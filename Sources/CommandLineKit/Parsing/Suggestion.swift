/// Finds what was probably meant by a word that nothing is called.
package enum Suggestion {
  /// The candidate nearest to a word, where one is near enough to be meant by it.
  ///
  /// - Parameters:
  ///   - word: What was written.
  ///   - candidates: What exists; of equally near ones the first wins.
  /// - Returns: The candidate, or nil where the distance exceeds a third of the word's length.
  package static func nearest(to word: String, among candidates: [String]) -> String? {
    // Longer words are not typing mistakes, and the distance takes quadratic time.
    guard !word.isEmpty, word.utf8.count <= 64 else { return nil }
    let written = Array(word.lowercased())
    var best: (name: String, distance: Int)?
    for candidate in candidates where candidate.utf8.count <= 64 {
      let limit = max(1, max(written.count, candidate.count) / 3)
      let distance = distance(written, Array(candidate.lowercased()))
      if distance <= limit, distance < (best?.distance ?? .max) { best = (candidate, distance) }
    }
    if let best { return best.name }
    let completions = candidates.filter { $0.lowercased().hasPrefix(word.lowercased()) }
    return word.count >= 2 && completions.count == 1 ? completions.first : nil
  }

  /// The Damerau-Levenshtein distance: insertions, deletions, substitutions and exchanges of
  /// neighbours, where exchanged characters may be edited again (Lowrance and Wagner, 1975).
  package static func distance(_ first: [Character], _ second: [Character]) -> Int {
    let infinity = first.count + second.count
    let columns = second.count + 2
    // cells[(i + 1) * columns + j + 1] is the distance of the prefixes of lengths i and j.
    var cells = [Int](repeating: infinity, count: (first.count + 2) * columns)
    for i in 0...first.count { cells[(i + 1) * columns + 1] = i }
    for j in 0...second.count { cells[columns + j + 1] = j }
    var lastRowOf: [Character: Int] = [:]
    for i in first.indices {
      var lastMatchingColumn = 0
      for j in second.indices {
        let exchangeRow = lastRowOf[second[j], default: 0]
        let exchangeColumn = lastMatchingColumn
        let isEqual = first[i] == second[j]
        if isEqual { lastMatchingColumn = j + 1 }
        let substitution = cells[(i + 1) * columns + j + 1] + (isEqual ? 0 : 1)
        let insertion = cells[(i + 2) * columns + j + 1] + 1
        let deletion = cells[(i + 1) * columns + j + 2] + 1
        let exchange =
          cells[exchangeRow * columns + exchangeColumn] + (i - exchangeRow) + 1
          + (j - exchangeColumn)
        cells[(i + 2) * columns + j + 2] = min(substitution, insertion, deletion, exchange)
      }
      lastRowOf[first[i]] = i + 1
    }
    return cells[(first.count + 1) * columns + second.count + 1]
  }
}
