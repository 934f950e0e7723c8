/// Rows under titled columns, printed as aligned text, Markdown or CSV.
package struct TextTable: Sendable, Hashable {
  /// A column's title and how its cells are aligned.
  package struct Column: Sendable, Hashable {
    /// The heading; units belong here.
    package var title: String
    /// The side that cells are aligned to; nil means right where every cell is a number.
    package var alignment: TextAlignment?

    /// A column with a title.
    ///
    /// - Parameters:
    ///   - title: The heading.
    ///   - alignment: The side that cells are aligned to; nil decides by the cells.
    package init(_ title: String, alignment: TextAlignment? = nil) {
      self.title = title
      self.alignment = alignment
    }
  }

  /// The columns, left to right.
  package private(set) var columns: [Column]
  /// The cells by row; every row has as many as there are columns.
  package private(set) var rows: [[String]] = []

  /// A table without rows.
  package init(columns: [Column]) {
    self.columns = columns
  }

  /// A table without rows, from titles alone.
  package init(_ titles: String...) {
    columns = titles.map { Column($0) }
  }

  /// Adds a row.
  ///
  /// - Parameter cells: The cells from the left; missing ones are empty, surplus ones get untitled
  ///   columns, so nothing is lost.
  package mutating func append(_ cells: [String]) {
    while columns.count < cells.count { columns.append(Column("")) }
    for index in rows.indices { pad(&rows[index]) }
    var row = cells
    pad(&row)
    rows.append(row)
  }

  /// Lines of cells padded to the columns' widths, the titles and a rule above; ends with a newline.
  package func text() -> String {
    let cells = rows.map { $0.map(\.escapedForDisplay) }
    let widths = columnWidths(cells: cells)
    let alignments = resolvedAlignments()
    func line(_ cells: [String]) -> String {
      let padded = zip(zip(cells, widths), alignments).map { pair, alignment in
        pair.0.padded(to: pair.1, alignment: alignment)
      }
      return padded.joined(separator: "  ").trimmingTrailingSpaces() + "\n"
    }
    let rule = widths.map { String(repeating: "-", count: $0) }
    return line(columns.map(\.title.escapedForDisplay)) + line(rule) + cells.map(line).joined()
  }

  /// A Markdown (GitHub) table, padded so that the source is readable too; ends with a newline.
  package func markdown() -> String {
    func escaped(_ cell: String) -> String {
      cell.escapedForDisplay.replacing("|", with: "\\|")
    }
    let titles = columns.map { escaped($0.title) }
    let cells = rows.map { $0.map(escaped) }
    let widths = columnWidths(cells: cells, titles: titles).map { max(3, $0) }
    let alignments = resolvedAlignments()
    func line(_ cells: [String]) -> String {
      let padded = zip(zip(cells, widths), alignments).map { pair, alignment in
        pair.0.padded(to: pair.1, alignment: alignment)
      }
      return "| " + padded.joined(separator: " | ") + " |\n"
    }
    let rule = zip(widths, alignments).map { width, alignment in
      String(repeating: "-", count: width - 1) + (alignment == .right ? ":" : "-")
    }
    return line(titles) + line(rule) + cells.map(line).joined()
  }

  /// Comma-separated values as RFC 4180 has them (quotes doubled), but with `\n` line ends.
  package func csv() -> String {
    func line(_ cells: [String]) -> String {
      cells.map(Self.quotedForCSV).joined(separator: ",") + "\n"
    }
    return line(columns.map(\.title)) + rows.map(line).joined()
  }

  private static func quotedForCSV(_ cell: String) -> String {
    // Scalars, not characters: "\r\n" is one Character and would hide its parts.
    let needsQuotes = cell.unicodeScalars.contains { scalar in
      scalar == "," || scalar == "\"" || scalar == "\n" || scalar == "\r"
    }
    guard needsQuotes || cell.hasPrefix(" ") || cell.hasSuffix(" ") else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }

  private func pad(_ row: inout [String]) {
    while row.count < columns.count { row.append("") }
  }

  private func columnWidths(cells: [[String]], titles: [String]? = nil) -> [Int] {
    let titles = titles ?? columns.map(\.title.escapedForDisplay)
    return titles.indices.map { column in
      cells.reduce(titles[column].displayWidth) { max($0, $1[column].displayWidth) }
    }
  }

  private func resolvedAlignments() -> [TextAlignment] {
    columns.indices.map { column in
      if let alignment = columns[column].alignment { return alignment }
      let filled = rows.map { $0[column] }.filter { !$0.isEmpty && $0 != "-" }
      return !filled.isEmpty && filled.allSatisfy(\.looksNumeric) ? .right : .left
    }
  }
}

extension String {
  /// The text without spaces at its end.
  func trimmingTrailingSpaces() -> String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }

  /// Whether the text is a number, possibly with a percent sign, an `x` or a unit after a space.
  fileprivate var looksNumeric: Bool {
    var number = prefix { $0 != " " }
    if let last = number.last, last == "%" || last == "x" || last == "×" { number.removeLast() }
    return number.first.map { $0.isNumber || "+-.".contains($0) } == true && Double(number) != nil
  }
}
