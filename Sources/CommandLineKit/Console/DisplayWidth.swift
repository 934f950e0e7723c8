extension String {
  /// The number of terminal columns that the text takes: 0, 1 or 2 a character.
  ///
  /// East Asian wide and emoji characters take two columns (Unicode Standard Annex 11), combining
  /// marks and control characters none.
  package var displayWidth: Int {
    if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return utf8.count }
    return reduce(0) { $0 + $1.displayWidth }
  }

  /// The text followed, or preceded, by spaces up to a width in terminal columns.
  package func padded(to width: Int, alignment: TextAlignment = .left) -> String {
    let missing = width - displayWidth
    guard missing > 0 else { return self }
    let spaces = String(repeating: " ", count: missing)
    return alignment == .right ? spaces + self : self + spaces
  }

  /// The longest beginning of the text that fits a width in terminal columns.
  package func truncated(toDisplayWidth width: Int) -> String {
    var columns = 0
    var text = ""
    for character in self {
      columns += character.displayWidth
      if columns > width { break }
      text.append(character)
    }
    return text
  }
}

/// The side of a column that text is aligned to.
package enum TextAlignment: Sendable, Hashable {
  /// Text begins at the left edge.
  case left
  /// Text ends at the right edge, as numbers do.
  case right
}

extension Character {
  fileprivate var displayWidth: Int {
    guard let first = unicodeScalars.first else { return 0 }
    if unicodeScalars.contains(where: { $0.value == 0xFE0F }) { return 2 }
    return first.displayWidth
  }
}

extension Unicode.Scalar {
  fileprivate var displayWidth: Int {
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator:
      return 0
    default: break
    }
    if properties.isEmojiPresentation { return 2 }
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
      0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
