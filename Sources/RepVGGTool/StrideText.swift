import RepVGG

extension Network {
  /// The strides of the stages and how each is known: `1,1,2,2,2 (stage1 proven by …; …)`.
  var strideText: String {
    let strides = RepVGGDesign(stagesOf: self).strides.map(String.init).joined(separator: ",")
    var stages: [Origin.StrideEvidence: [String]] = [:]
    for (stage, evidence) in origin.strideEvidence.enumerated() {
      stages[evidence, default: []].append("stage\(stage)")
    }
    let parts = Origin.StrideEvidence.inOrder.compactMap { evidence in
      stages[evidence].map { names in
        (names.count == origin.strideEvidence.count ? "" : names.joined(separator: ", ") + " ")
          + evidence.text
      }
    }
    return strides + (parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))")
  }
}

extension Network.Origin.StrideEvidence {
  fileprivate static let inOrder: [Self] = [.proven, .given, .stored, .assumed]

  fileprivate var text: String {
    switch self {
    case .proven: "proven by identity branches"
    case .given: "given"
    case .stored: "from the file's metadata"
    case .assumed: "assumed"
    }
  }
}
