/// The equation of a sum of products: which labels the dimensions of operands and result have.
struct EinsumEquation: Sendable, Hashable {
  /// A letter, or a dimension of the ellipsis counted from the last one.
  enum Label: Hashable, Sendable {
    case letter(Character)
    case ellipsis(Int)
  }

  /// Labels with the ellipsis as one.
  struct Term: Sendable, Hashable {
    var before: [Character] = []
    var hasEllipsis = false
    var after: [Character] = []

    /// Nil for anything but letters and one ellipsis.
    init?(_ text: Substring) {
      var rest = text.filter { $0 != " " }[...]
      while let character = rest.popFirst() {
        if character == "." {
          guard !hasEllipsis, rest.hasPrefix("..") else { return nil }
          rest = rest.dropFirst(2)
          hasEllipsis = true
        } else if character.isASCII, character.isLetter {
          if hasEllipsis { after.append(character) } else { before.append(character) }
        } else {
          return nil
        }
      }
    }

    /// The labels of the dimensions, nil if there are not as many.
    func labels(rank: Int) -> [Label]? {
      let others = rank - before.count - after.count
      guard others >= 0, hasEllipsis || others == 0 else { return nil }
      return before.map { .letter($0) } + (0..<others).map { .ellipsis(others - 1 - $0) }
        + after.map { .letter($0) }
    }
  }

  var operands: [Term]
  /// Nil if the equation does not say: all letters that occur once, in alphabetical order.
  var result: Term?

  init?(_ text: String) {
    let sides = text.replacingArrow()
    guard sides.count <= 2, let left = sides.first else { return nil }
    operands = []
    for part in left.split(separator: ",", omittingEmptySubsequences: false) {
      guard let term = Term(part) else { return nil }
      operands.append(term)
    }
    if sides.count == 2 {
      guard let term = Term(sides[1]) else { return nil }
      result = term
    }
  }

  /// The labels of the result, given those of the operands; nil if they do not occur there.
  func resultLabels(_ operands: [[Label]]) -> [Label]? {
    let all = operands.flatMap { $0 }
    var ellipsis = 0
    for case .ellipsis(let index) in all { ellipsis = max(ellipsis, index + 1) }
    let rest = (0..<ellipsis).reversed().map { Label.ellipsis($0) }
    guard let result else {
      let letters = all.compactMap { if case .letter(let letter) = $0 { letter } else { nil } }
      let single = Set(letters).filter { letter in letters.count { $0 == letter } == 1 }
      return rest + single.sorted().map { .letter($0) }
    }
    let before = result.before.map { Label.letter($0) }
    let after = result.after.map { Label.letter($0) }
    let labels = before + (result.hasEllipsis ? rest : []) + after
    guard Set(labels).count == labels.count, Set(labels).isSubset(of: all) else { return nil }
    return labels
  }
}

extension String {
  /// The parts before and after `->`.
  fileprivate func replacingArrow() -> [Substring] {
    var parts: [Substring] = []
    var start = startIndex
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix("->") {
        parts.append(self[start..<index])
        index = self.index(index, offsetBy: 2)
        start = index
      } else {
        index = self.index(after: index)
      }
    }
    return parts + [self[start...]]
  }
}
