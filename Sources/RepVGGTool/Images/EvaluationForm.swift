import RepVGG

/// The values of `repvgg evaluate --form`: one form, or branched compared with plain.
enum EvaluationForm: String, CaseIterable, Sendable {
  case branched, folded, plain, both

  /// The forms to compute; the first one is counted.
  var forms: [Form] {
    switch self {
    case .branched: [.branched]
    case .folded: [.folded]
    case .plain: [.plain]
    case .both: [.branched, .plain]
    }
  }

  /// The meaning of the choice, for help.
  var summary: String {
    switch self {
    case .branched: "every branch with its batch norm, as trained"
    case .folded: "batch norms folded into the branches"
    case .plain: "one convolution a block"
    case .both: "branched, and plain against it"
    }
  }
}
