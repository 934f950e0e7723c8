/// A table of a page: text to the left, figures to the right.
struct DataTable {
  struct Column {
    let title: String
    let isNumeric: Bool

    /// A column of texts.
    static func text(_ title: String) -> Column { Column(title: title, isNumeric: false) }
    /// A column of figures.
    static func number(_ title: String) -> Column { Column(title: title, isNumeric: true) }
  }

  let columns: [Column]
  var rows: [[String]] = []
  /// The rows that are set apart, such as sums.
  var emphasizedRows: Set<Int> = []

  init(_ columns: [Column]) { self.columns = columns }

  var markup: Markup {
    let head = columns.map { column in
      Markup("th", ["scope": "col", "class": column.isNumeric ? "n" : "t"], column.title)
    }
    let body = rows.enumerated().map { index, cells in
      Markup(
        "tr", ["class": emphasizedRows.contains(index) ? "sum" : "row"],
        zip(columns, cells).enumerated().map { place, cell in
          let kind = cell.0.isNumeric ? "n" : "t"
          return place == 0
            ? Markup("th", ["scope": "row", "class": kind], cell.1)
            : Markup("td", ["class": kind], cell.1)
        })
    }
    return Markup(
      "div", ["class": "scroll"],
      [
        Markup(
          "table", [:],
          [Markup("thead", [:], [Markup("tr", [:], head)]), Markup("tbody", [:], body)])
      ])
  }

  /// The table under a line that opens it.
  func folded(_ title: String) -> Markup {
    Markup("details", [:], [Markup("summary", [:], title), markup])
  }
}
