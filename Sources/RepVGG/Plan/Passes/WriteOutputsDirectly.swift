extension PlanGraph {
  /// Lets an operation whose result only the caller reads write it where the caller wants it, if it
  /// writes its elements one after the other.
  mutating func writeOutputsDirectly() {
    let (readers, writers) = (readers, writers)
    var direct: Set<Int> = []
    for (index, operation) in operations.enumerated() {
      guard case .output = operation.kind, readers[operation.reads[0]].count == 1,
        let writer = writers[operation.reads[0]],
        operations[writer].kind.writesDense(values[operation.reads[0]].storage)
      else { continue }
      operations[writer].result = operation.result
      direct.insert(index)
    }
    operations = operations.indices.filter { !direct.contains($0) }.map { operations[$0] }
  }
}

extension PlanGraph.Kind {
  /// Whether the operation can write a row-major result although it would be stored otherwise.
  fileprivate func writesDense(_ storage: PlanGraph.Storage) -> Bool {
    switch self {
    case .dense: true
    case .planned: storage == .dense
    default: false
    }
  }
}
