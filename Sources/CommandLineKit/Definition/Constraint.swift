/// A rule about which arguments go together.
package struct Constraint: Sendable {
  enum Rule: Sendable, Hashable {
    case conflict
    case requirement
    case exactlyOne
  }

  let rule: Rule
  let names: [String]

  /// At most one of these may be given: `--model` and `--weights`.
  ///
  /// Given on the command line, one of them silences environment defaults of the others.
  package static func conflict(_ arguments: any ArgumentDeclaration...) -> Constraint {
    Constraint(rule: .conflict, names: arguments.map(\.specification.displayName))
  }

  /// Exactly one of these must be given.
  ///
  /// Given on the command line, one of them silences environment defaults of the others.
  package static func exactlyOne(_ arguments: any ArgumentDeclaration...) -> Constraint {
    Constraint(rule: .exactlyOne, names: arguments.map(\.specification.displayName))
  }

  /// The first, if given on the command line, makes no sense without the second.
  package static func requirement(
    _ argument: any ArgumentDeclaration, needs other: any ArgumentDeclaration
  ) -> Constraint {
    Constraint(
      rule: .requirement,
      names: [argument.specification.displayName, other.specification.displayName])
  }

  /// The rule as a sentence for help and man pages.
  var sentence: String {
    switch rule {
    case .conflict: "At most one of \(names.joined(separator: ", ")) may be given."
    case .exactlyOne: "Exactly one of \(names.joined(separator: ", ")) must be given."
    case .requirement: "\(names.joined(separator: " needs "))."
    }
  }
}
